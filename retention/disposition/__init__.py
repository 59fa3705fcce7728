"""Lists of what is due: proposed, reviewed, decided, carried out."""
