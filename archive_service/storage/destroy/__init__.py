"""The destroy gate: the only way by which stored bytes leave."""
