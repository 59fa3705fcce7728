"""Where signing keys are kept: PKCS#12 files and PKCS#11 tokens."""
