"""How well search finds what people mean: a made archive, queries of every class, figures."""
