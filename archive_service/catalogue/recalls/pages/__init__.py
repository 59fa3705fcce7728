"""Pages of recalls, and what readers are told of them."""
