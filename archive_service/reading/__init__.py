"""Reading what is held: who may open it, and who did."""
