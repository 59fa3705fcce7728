"""Many case files described by one order: previewed, applied, taken back."""
