"""From one copy back to a working archive."""
