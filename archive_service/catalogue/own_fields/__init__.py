"""Fields of an agency's own, beside those of the circular."""
