"""Retention schedules of the archive's own: loaded, drafted, tried on the holdings, adopted."""
