"""cert-manager's own controllers on a real API server, and what becomes of what they issue."""
