"""Knative's own data plane on a real API server, as processes, without a node.

Adapters, broker ingress, channel dispatcher, broker filter and PingSource's adapter are Knative's
own programs. What Knative's controllers would write is written by `controllers`, and what
Deployments and a kubelet would do for the adapters is done by `adapters`.
"""
