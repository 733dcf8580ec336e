"""A Kubernetes API in memory, and a local event source, for demonstration and tests."""
