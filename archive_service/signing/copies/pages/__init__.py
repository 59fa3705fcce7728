"""Pages of copies that wait for a seal, of copies for use, and of whoever checks one."""
