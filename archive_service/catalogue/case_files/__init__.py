"""One case file and one document with all that is known of them: page, API, command."""
