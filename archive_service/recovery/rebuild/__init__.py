"""Database and index made anew from one copy."""
