"""Both engines at once, to be compared."""

from pathlib import Path

import pytest

from search.elasticsearch.index import open_elasticsearch
from search.fts5.index import Fts5Index
from tests.search_quality.engines import Opened
from tests.services.servers import Elasticsearch


@pytest.fixture(scope="module")
def opened(elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A new, empty index of each engine."""
    path: Path = tmp_path_factory.mktemp("search") / "search.db"
    return {
        "fts5": Fts5Index(path),
        "elasticsearch": open_elasticsearch(elasticsearch.new_prefix_url()),
    }
