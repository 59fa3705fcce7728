"""Submissions handed in, checked and shown; the acceptance desk, and the watched folder."""
