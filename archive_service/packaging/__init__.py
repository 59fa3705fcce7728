"""Information packages of TT 05/2025/TT-BNV over E-ARK CSIP: SIP, AIP, DIP, and how they travel."""
