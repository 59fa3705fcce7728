"""What somebody may read without asking, for some days: given, confirmed, ended."""
