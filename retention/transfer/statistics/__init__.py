"""What each giver brought, by year."""
