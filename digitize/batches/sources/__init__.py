"""Files of a station to single pages."""
