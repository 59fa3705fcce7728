"""Whether every backend answers, and how much there is of everything."""
