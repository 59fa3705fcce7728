"""Files uploaded piece by piece."""
