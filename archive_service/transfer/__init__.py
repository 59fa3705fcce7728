"""Records on their way to the historical archive: what is due, the register, its deadlines."""
