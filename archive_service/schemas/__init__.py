"""The JSON documents of the contract, for API and commands alike."""
