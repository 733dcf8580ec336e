"""How `kubectl mirror` gets to people: a wheel, a zipapp, and what krew wants."""
