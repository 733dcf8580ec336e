"""kn-mirror on a real node with Knative: its image and manifests, as users install them."""
