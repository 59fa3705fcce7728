"""Accounts asked for by people who have none: taken in, answered, told."""
