"""Tables of transfers, their partners and appointments."""
