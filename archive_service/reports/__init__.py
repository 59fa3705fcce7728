"""Statistics and registers of a period, counted from what the rows say."""
