"""Where a case file leaves traces, and how each is emptied."""
