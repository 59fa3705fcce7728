"""One bench a file: our pipeline beside a named reference, in the same run."""
