"""From the end of the job to the end of the case file."""
