"""The storage room: where bytes are kept, in how many copies, and whether still the same."""
