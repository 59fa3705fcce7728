"""How days, numbers, codes and abbreviations are written otherwise and mean the same."""
