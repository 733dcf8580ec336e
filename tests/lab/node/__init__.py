"""A real node: Kubernetes with kubelet, and Knative on it, in namespaces of its own."""
