"""A real node for tests: Kubernetes with kubelet, and Knative on it, in namespaces of its own."""
