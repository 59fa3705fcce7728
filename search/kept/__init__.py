"""Searches that a person comes back to: kept under a name, and one's own last ones."""
