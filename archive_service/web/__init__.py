"""The shell of the pages: layout, session, lists, errors, guides."""
