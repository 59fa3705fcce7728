"""Every byte of every copy is read again, compared, reported and repaired."""
