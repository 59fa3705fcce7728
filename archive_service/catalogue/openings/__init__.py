"""Who opened the documents of a case file, and when: told, counted, forgotten after a term."""
