"""What falls due by year."""
