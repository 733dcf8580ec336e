"""kubectl mirror: what people ask of kn-mirror, answered by reading the cluster."""
