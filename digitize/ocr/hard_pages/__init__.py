"""Pages that clean print does not prepare for: what they are, and which readings they are given."""
