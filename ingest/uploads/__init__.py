"""Files uploaded piece by piece, and submissions made of them."""
