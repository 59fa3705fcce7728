"""A batch read by a worker: pages, documents, verdicts."""
