"""A person leaves: what is open with them, who goes on with it, and the end of their account."""
