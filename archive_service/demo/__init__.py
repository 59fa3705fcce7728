"""Sample material of an invented agency, and the story told with it."""
