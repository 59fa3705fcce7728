"""What is compared with the log beside rows of packages, acts and accounts."""
