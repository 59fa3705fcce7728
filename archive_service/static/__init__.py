"""Style, scripts and fonts of the pages."""
