"""What Kubernetes holds, read once into values."""
