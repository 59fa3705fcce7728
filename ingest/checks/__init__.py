"""One check a file: each reads the same context and yields all that it sees."""
