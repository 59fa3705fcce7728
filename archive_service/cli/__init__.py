"""The shell of the commands: context, output, errors."""
