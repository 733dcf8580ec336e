"""A control plane, Knative's data plane, containers and a node, for anybody's tests."""
