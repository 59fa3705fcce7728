"""The embedded search index in SQLite FTS5."""
