"""A witness: keeps the last checkpoint of another log, and cosigns what continues it."""
