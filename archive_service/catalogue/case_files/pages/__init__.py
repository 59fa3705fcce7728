"""Pages of the holdings, of one case file and of one document."""
