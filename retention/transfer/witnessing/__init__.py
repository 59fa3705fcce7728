"""Partners as witnesses: they keep the last checkpoint of our log, and we keep theirs."""
