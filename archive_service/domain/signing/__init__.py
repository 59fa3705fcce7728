"""Tables of signing requests, seals and watched keys."""
