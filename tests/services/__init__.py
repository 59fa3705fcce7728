"""Outside judges and servers that the tests use: how they are installed and called."""
