"""XML signatures over documents of any size."""
