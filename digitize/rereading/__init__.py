"""Holdings read again by another engine."""
