"""Observe, plan, apply."""
