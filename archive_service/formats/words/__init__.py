"""Words of files that are no PDF: what is found in them, and where in the file it stands."""
