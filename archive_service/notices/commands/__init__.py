"""Commands for notices and incidents."""
