"""`kubectl mirror`: asks a cluster what is mirrored, why, and what would be; it writes nothing."""
