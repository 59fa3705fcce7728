"""What a case file lacks by its rules."""
