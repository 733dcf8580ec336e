"""From what is there to the steps that are needed: pure functions, no clock, no requests."""
