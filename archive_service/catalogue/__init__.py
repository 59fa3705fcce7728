"""What is held and for whom: agencies, fonds, case files."""
