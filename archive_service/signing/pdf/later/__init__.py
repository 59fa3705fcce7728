"""What a reader sees otherwise since a signature was made: its revision against the last one."""
