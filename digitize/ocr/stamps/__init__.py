"""What is stamped on a page, wherever it stands and however it is tilted."""
