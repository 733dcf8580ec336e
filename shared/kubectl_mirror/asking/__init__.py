"""What is asked of a cluster, and what it answers: all of it read, none of it written."""
