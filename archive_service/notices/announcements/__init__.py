"""What every page announces beforehand, and maintenance."""
