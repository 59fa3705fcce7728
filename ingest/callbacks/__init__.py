"""Other programs hear at an address of theirs how a submission stands."""
