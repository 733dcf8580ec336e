"""Installs kn-mirror from a checkout on a cluster, shows that it is at work, and takes it away."""
