"""What owners and operators ask for."""
