"""What was removed from the index of a server is in none of the server's files."""

from pathlib import Path
from uuid import uuid4

from elasticsearch import Elasticsearch as Client

from search.elasticsearch.index import open_elasticsearch
from tests.services.servers import Elasticsearch
from tests.worlds.retention.removing import iter_marked
from tests.worlds.servers.indexes import entry

MARK = "quetzalcoatl"


def test_no_file_of_the_server_keeps_a_word_that_was_removed(elasticsearch: Elasticsearch) -> None:
    nodes = Client(elasticsearch.address).nodes.info(metric="settings")["nodes"].values()
    (data,) = (Path(node["settings"]["path"]["data"]) for node in nodes)
    index = open_elasticsearch(elasticsearch.new_prefix_url())
    kept = [uuid4() for _ in range(40)]  # so that it is a small part of its segment
    gone = uuid4()
    entries = [entry(one, f"Biên bản {number}") for number, one in enumerate(kept)]
    index.replace_many([*kept, gone], [*entries, entry(gone, f"Văn bản {MARK}")])
    assert list(iter_marked(data, MARK.encode())), "the scan can find it"
    index.remove([gone])
    assert index.holds([gone, *kept]) == dict.fromkeys(kept, 1)
    assert list(iter_marked(data, MARK.encode())) == []
