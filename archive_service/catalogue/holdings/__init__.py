"""Holdings as every room reads them: rows, lists, bytes, and a note of each reader."""
