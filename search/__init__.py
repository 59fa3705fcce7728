"""Finding case files and documents again: entries, queries, and two kinds of index."""
