"""Other archives that we give to or take from."""
