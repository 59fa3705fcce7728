"""Where parsers of received files run: without network, and with one folder to write in."""
