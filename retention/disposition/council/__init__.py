"""The council of a list."""
