"""Pages of retention schedules."""
