"""Batches and case files that wait, and re-scan tickets."""
