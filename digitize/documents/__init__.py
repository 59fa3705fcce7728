"""One document from page images to PDF/A and text."""
