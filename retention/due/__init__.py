"""The calendar of what falls due, and the daily sweep that proposes it."""
