"""Minutes of acceptance and their lists."""
