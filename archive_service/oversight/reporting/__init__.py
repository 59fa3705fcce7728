"""Reports of incidents that the law asks for: marked, filled in, signed, sent, all in time."""
