"""What is misread on pages of which it is known what stands where."""
