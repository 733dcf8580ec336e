"""The functions: one file each, one event each."""
