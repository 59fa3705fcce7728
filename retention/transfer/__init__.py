"""Transfer to the historical archive, from the register to the end."""
