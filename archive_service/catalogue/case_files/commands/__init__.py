"""Commands for case files and documents."""
