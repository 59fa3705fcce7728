"""Data read from the first page of a document: proposals, never facts."""
