"""kn-mirror on Knative's own data plane: its functions and manifests, with the lab's programs."""
