"""The way to a cluster, by kubectl's own files and flags."""
