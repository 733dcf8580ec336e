"""A Kubernetes API in memory, and a local event source, for demonstration and tests."""

from sandbox.servers import Sandbox

__all__ = ["Sandbox"]
