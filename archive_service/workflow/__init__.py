"""The story of a case file, a page each."""
