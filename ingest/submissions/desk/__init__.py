"""The acceptance desk: queue, claims, many at once."""
