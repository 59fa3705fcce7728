"""One document in several case files: stored once, named by the others."""
