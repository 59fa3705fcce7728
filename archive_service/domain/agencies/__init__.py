"""Tables of agencies, fonds, file plans, own fields and controlled lists."""
