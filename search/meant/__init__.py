"""What may have been meant by words, codes and days that were mistyped."""
