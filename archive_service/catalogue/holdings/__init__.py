"""What is held, read for everybody: rows, lists, bytes, and who read them."""
