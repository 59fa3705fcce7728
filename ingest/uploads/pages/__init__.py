"""Pages for handing in files."""
