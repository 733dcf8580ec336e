"""The commands: each reads the cluster, says what it found, and says by its exit code how that is."""
