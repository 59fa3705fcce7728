"""REST resources of case files and documents."""
