"""The API server: the only requests there are."""
