"""OCFL 1.1: storage roots and inventories."""
