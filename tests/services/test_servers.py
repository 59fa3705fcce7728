"""Each server starts, answers a real client, and leaves no process when it ends."""

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pkcs11
import psycopg
import pytest
from elasticsearch import Elasticsearch
from kombu.connection import Connection
from minio.error import S3Error

from archive_service.signing.timestamp import HttpTimestamps
from tests.services import host, servers
from tests.services.clamd import EICAR
from tests.services.install import ToolMissingError
from tests.services.keeper import descendants
from tests.services.process import Process, ServerFailedError, accepts, free_port

REPOSITORY = Path(__file__).resolve().parents[2]


def test_postgresql_keeps_its_rows_through_a_kill(own_postgresql: servers.PostgreSql) -> None:
    address = own_postgresql.new_database().replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE paper AS SELECT 1 AS page")
    own_postgresql.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)
    own_postgresql.restart()
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT page FROM paper").fetchall() == [(1,)]


def test_minio_has_users_whose_policies_bind(minio: servers.MinioServer) -> None:
    minio.client().make_bucket("papers", object_lock=True)
    minio.admin.user_add("reader", "reader-secret")
    minio.admin.attach_policy(["readonly"], user="reader")
    reader = minio.client("reader", "reader-secret")
    with pytest.raises(S3Error, match="AccessDenied"):
        reader.remove_bucket("papers")
    assert minio.client().get_object_lock_config("papers") is not None


def test_versitygw_keeps_versions_of_objects(versitygw: servers.S3Server) -> None:
    client = versitygw.client()
    client.make_bucket("papers", object_lock=True)
    assert client.get_bucket_versioning("papers").status == "Enabled"


def test_elasticsearch_is_one_healthy_node(elasticsearch: servers.Elasticsearch) -> None:
    client = Elasticsearch(elasticsearch.address)
    assert client.cluster.health()["number_of_nodes"] == 1
    client.close()


def test_rabbitmq_keeps_a_message_through_a_restart(own_rabbitmq: servers.RabbitMq) -> None:
    url = own_rabbitmq.new_vhost().removeprefix("celery+")
    with Connection(url) as connection:
        queue = connection.SimpleQueue("papers", queue_opts={"durable": True})
        queue.put("one", delivery_mode=2)
        queue.close()
    own_rabbitmq.restart()
    with Connection(url) as connection:
        queue = connection.SimpleQueue("papers", queue_opts={"durable": True})
        assert queue.get(timeout=10).payload == "one"
        queue.close()


def test_clamd_finds_the_test_file_and_learns_another(clamd: servers.Clamd, tmp_path: Path) -> None:
    infected = tmp_path / "infected"
    infected.write_bytes(EICAR)
    assert b"Eicar-Test-Signature" in clamd.ask(f"SCAN {infected}".encode())

    other = tmp_path / "other"
    other.write_bytes(b"what was not known yesterday")
    assert clamd.ask(f"SCAN {other}".encode()).endswith(b"OK")
    clamd.add_signature("Learnt", b"not known yesterday")
    assert b"Learnt" in clamd.ask(f"SCAN {other}".encode())


def test_the_token_signs_and_gives_no_key_away(softhsm: servers.SoftHsm) -> None:
    token = pkcs11.lib(str(softhsm.library)).get_token(token_label=softhsm.token)
    try:
        opened = token.open(user_pin=softhsm.pin)
    except pkcs11.UserAlreadyLoggedIn:  # by another test of this process
        opened = token.open()
    with opened as session:
        key: Any = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label=softhsm.key)
        signed = key.sign(b"paper", mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
        assert len(signed) == 256
        with pytest.raises(pkcs11.AttributeSensitive):
            key[pkcs11.Attribute.PRIVATE_EXPONENT]


def test_the_time_stamp_authority_stamps(tsa: servers.TimestampAuthority) -> None:
    assert HttpTimestamps(tsa.url).token(bytes(32))


def test_a_server_hangs_and_goes_on() -> None:
    with servers.run_tsa() as tsa:
        _hang(tsa)


def test_nobody_stops_a_server_that_others_use() -> None:
    with host.hosted() as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv(host.ADDRESS, address)
        first, second = host.ask("tsa"), host.ask("tsa")
        assert isinstance(first, servers.TimestampAuthority)
        assert first.port == getattr(second, "port", None)
        assert HttpTimestamps(first.url).token(bytes(32))
        with pytest.raises(host.SharedServerError):
            first.kill()
    with pytest.raises(OSError, match="refused"):
        accepts(first.port)


def _hang(tsa: servers.TimestampAuthority) -> None:
    tsa.pause()
    talk = http.client.HTTPConnection("127.0.0.1", tsa.port, timeout=0.3)
    talk.request("POST", "/", b"?")
    with pytest.raises(TimeoutError):
        talk.getresponse()
    talk.close()
    tsa.resume()
    assert HttpTimestamps(tsa.url).token(bytes(32))


def test_a_server_that_ends_at_once_is_told_with_its_words(tmp_path: Path) -> None:
    process = Process(
        "broken", ["/bin/sh", "-c", "echo no room; exit 1"], folder=tmp_path, ready=_never
    )
    with pytest.raises(ServerFailedError, match="no room"):
        process.start()


@pytest.mark.parametrize("name", sorted({*servers.SERVERS} - {"tsa"}))
def test_no_server_starts_where_the_embedded_backends_alone_are_asked_for(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICES", "none")
    with pytest.raises(ToolMissingError), servers.SERVERS[name]():
        pytest.fail("it runs")


def test_a_server_ends_with_all_it_started_when_its_owner_is_killed(tmp_path: Path) -> None:
    """The launcher leaves a child behind, as Java's and Erlang's do."""
    marks, folder = tmp_path / "pids", tmp_path / "folder"
    folder.mkdir()
    port = free_port()
    shell = f"(setsid sleep {port} & echo $! >> {marks}); echo $$ >> {marks}; exec sleep {port}"
    script = f"""
import time
from pathlib import Path
from tests.services.process import Process
def ready():
    if len(Path({str(marks)!r}).read_text().split()) < 2: raise OSError
Process("parent", ["/bin/sh", "-c", {shell!r}], folder=Path({str(folder)!r}), ready=ready).start()
print("up", flush=True)
time.sleep(60)
"""
    owner = subprocess.Popen(
        [sys.executable, "-c", script], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "up\n"
    kept = [int(word) for word in marks.read_text().split()]
    assert set(kept) <= set(descendants(owner.pid))
    owner.kill()
    owner.communicate()
    until = time.monotonic() + 30
    while any(_runs(process) for process in kept) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [process for process in kept if _runs(process)]
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not folder.exists()


def _never() -> None:
    raise ConnectionError("not yet")


def _runs(process: int) -> bool:
    return os.path.exists(f"/proc/{process}")  # noqa: PTH110 - a question, not a path
