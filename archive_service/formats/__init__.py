"""What a file is, and whether it can be read: identified, opened and measured under limits."""
