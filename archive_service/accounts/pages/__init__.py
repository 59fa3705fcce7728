"""Pages of accounts: signing in, and one's own account."""
