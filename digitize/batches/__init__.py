"""Batches of scanned pages: taken in, read, judged, put in order on the desk, released."""
