"""REST resources of late entries and outages."""
