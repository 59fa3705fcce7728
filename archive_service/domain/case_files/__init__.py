"""Tables of case files and documents."""
