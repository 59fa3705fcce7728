"""Papers as old cabinets hold them, drawn by lot: reading is measured on them too."""
