"""What a PDF says of itself, its layers, its text, and PDF/A."""
