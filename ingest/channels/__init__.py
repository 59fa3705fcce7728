"""One way in a file: whatever was sent becomes a parcel with a declaration."""
