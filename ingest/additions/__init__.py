"""Late documents and corrections added to a case file in custody."""
