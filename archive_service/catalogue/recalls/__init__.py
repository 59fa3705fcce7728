"""Recall, replacement and correction of documents in custody."""
