"""Work: a ledger in the database is the truth, whoever does the work."""
