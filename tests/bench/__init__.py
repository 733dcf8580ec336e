"""Measures what mirroring costs on a real kube-apiserver, beside what cannot be done without."""
