"""What came back is corrected, the transfer closed, copies removed."""
