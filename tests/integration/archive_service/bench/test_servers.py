"""The benches on PostgreSQL and MinIO, and those that lay down many rows, run and leave nothing."""

from pathlib import Path

import psycopg
import pytest

from archive_service.bench import fixity, ingest_servers, intake, rebuild
from archive_service.bench.backends import BenchServersError, Servers
from archive_service.bench.material import make_case_files
from archive_service.bench.transfer import many
from tests.services.servers import MinioServer, PostgreSql
from tests.worlds.archive import new_home

CONTRACT = {"name", "machine", "ours", "reference", "ratio", "runs"}


@pytest.fixture(scope="module")
def servers(postgresql: PostgreSql, minio: MinioServer) -> Servers:
    return Servers(postgresql.url("postgres"), (minio.new_bucket_url(),))


def left_over(minio: MinioServer) -> list[str]:
    """Buckets of benches that are still there."""
    return [bucket.name for bucket in minio.client().list_buckets() if "bench" in bucket.name]


@pytest.mark.long
def test_storing_is_compared_with_bare_minio_py_and_leaves_nothing(
    tmp_path: Path, servers: Servers, minio: MinioServer
) -> None:
    make_case_files(tmp_path / "from", count=2, files=2, file_bytes=20_000)
    document = ingest_servers.run(tmp_path / "from", servers, runs=1)
    assert document.keys() >= CONTRACT | {"submitted", "reference_locked"}
    assert min(document["submitted"]["ratio"], document["ratio"]) > 0
    assert document["objects"] > 2 * 2
    assert document["threads"] == 4 * document["processes"]
    assert left_over(minio) == []


@pytest.mark.long
def test_fixity_and_rebuild_are_compared_with_reading_the_same_objects(
    tmp_path: Path, servers: Servers, minio: MinioServer
) -> None:
    make_case_files(tmp_path / "from", count=1, files=2, file_bytes=20_000)
    checked = fixity.run(tmp_path / "from", runs=1, servers=servers)
    assert checked.keys() >= CONTRACT
    assert checked["reference"]["name"] == "minio-py get + sha256"
    rebuilt = rebuild.run(cases=2, files=1, servers=servers, runs=1)
    assert rebuilt.keys() >= CONTRACT
    assert rebuilt["ours"]["case_files_per_minute"] > 0
    assert left_over(minio) == []


@pytest.mark.long
def test_transfers_of_many_items_and_givers_are_laid_down_on_postgresql(
    postgresql: PostgreSql, tmp_path: Path
) -> None:
    told = many.run(
        tmp_path / "many",
        20,
        giver=new_home(tmp_path / "giver"),
        givers=2,
        asked=2,
        database=postgresql.url("postgres"),
    )
    assert told["items"] == 20
    pages = ("page_one_late_p95_ms", "page_statistics_p95_ms")
    assert all(told[name] > 0 for name in ("many_receive_mib", *pages))
    with psycopg.connect(postgresql.url("postgres").replace("+psycopg", "")) as connection:
        left = connection.execute("SELECT count(*) FROM pg_database WHERE datname LIKE '%bench%'")
        assert left.fetchone() == (0,)


@pytest.mark.long
def test_intake_is_measured_with_many_case_files_held() -> None:
    document = intake.run([0, 30], cases=1, files=1)
    assert document.keys() >= CONTRACT
    assert [step["held"] for step in document["curve"]] == [3, 30]
    assert all(step["ms_per_case_file"] > 0 for step in document["curve"])


@pytest.mark.parametrize(
    ("database", "copies"),
    [
        ("", ""),
        ("sqlite:///archive.db", '["s3://a:b@c/d"]'),
        ("postgresql+psycopg://a/b", '["file:a"]'),
    ],
)
def test_servers_that_are_not_named_are_asked_for(database: str, copies: str) -> None:
    with pytest.raises(BenchServersError):
        Servers.named(database, copies)
