"""Which copies count, who they are, and how far each lags."""
