"""Who outside vouches for the log: papers, folders, people and time-stamp services."""
