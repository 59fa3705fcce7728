"""The bench of scale holds what it was told to, and asks every list of both archives."""

from pathlib import Path

import pytest

from archive_service.bench.backends import Servers, emptied_index
from archive_service.bench.scale import table
from archive_service.bootstrap import open_index
from archive_service.catalogue.holdings.listing import SORTS
from tests.services.servers import Elasticsearch, MinioServer, PostgreSql


@pytest.mark.long
def test_more_held_is_compared_with_a_tenth_in_the_same_run() -> None:
    document = table.run(60, asked=1, taken=1)
    assert document.keys() >= {"name", "machine", "ours", "reference", "ratio", "runs"}
    assert (document["ours"]["case_files"], document["reference"]["case_files"]) == (60, 5)
    rows = document["by_kind"]
    assert rows.keys() >= {"desk", "search, officer's rights", "trail", "intake", *table.JOBS}
    assert {f"last page by {sort}" for sort in SORTS} <= rows.keys()
    assert document["ratio"] == max(row["ratio"] for row in rows.values())
    assert document["ours"]["rows_bytes_per_case_file"] > 1000
    assert document["ours"]["index_bytes_per_case_file"] > 0


@pytest.mark.long
def test_the_same_on_servers_leaves_an_empty_index_and_its_size_untold(
    postgresql: PostgreSql, minio: MinioServer, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    search = elasticsearch.new_prefix_url("other")
    servers = Servers(postgresql.url("postgres"), (minio.new_bucket_url(),), search)
    document = table.run(60, asked=1, taken=1, servers=servers)
    assert document["backends"] == "PostgreSQL, S3, Elasticsearch"
    assert document["ours"]["rows_bytes_per_case_file"] > 1000
    assert "index_bytes_per_case_file" not in document["ours"]
    with emptied_index(search, "scale-1") as url:
        assert open_index(url, home=tmp_path).count() == 0
