"""Every search engine, empty, side by side."""

from search.port import SearchIndex

ENGINES = ("fts5", "elasticsearch")
Opened = dict[str, SearchIndex]
