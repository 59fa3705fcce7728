"""The desk: pages and documents of a batch put in order, with undo."""
