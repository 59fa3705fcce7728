"""Searchable copies of PDFs of images."""
