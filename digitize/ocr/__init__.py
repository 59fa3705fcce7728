"""Pages read by Tesseract, and what is corrected in the reading."""
