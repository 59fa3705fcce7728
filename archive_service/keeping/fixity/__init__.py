"""Every byte of every copy is read again, reported and repaired."""
