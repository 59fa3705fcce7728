"""Tables of accounts, notices and incidents."""
