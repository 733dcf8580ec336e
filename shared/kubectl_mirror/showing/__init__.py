"""How answers are shown: as tables for people, and as JSON, YAML and names for programs."""
