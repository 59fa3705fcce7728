"""Doubtful words, corrections by people, the word list."""
