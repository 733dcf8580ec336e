"""Others who write in the cluster, and what they may expect of kn-mirror."""
