"""Whose an object is, and what proves it."""
