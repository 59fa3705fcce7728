"""A new archive: database, copies, index, keys, first administrator."""
