"""Systems told at an address of theirs what became of a submission."""
