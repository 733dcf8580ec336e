"""Whether kn-mirror is well in a cluster: checks as data, each a function of what is there."""
