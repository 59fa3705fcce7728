"""A watched folder whose contents are submitted."""
