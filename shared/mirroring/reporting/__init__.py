"""What came of an event, told to whoever has to know it."""
