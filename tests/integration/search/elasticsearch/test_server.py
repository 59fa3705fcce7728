"""A search server that dies, fills up or loses everything: told as what it is, and caught up."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from elasticsearch import Elasticsearch as Client
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.job import Job
from archive_service.domain.people.incident import Incident
from archive_service.services import Services
from archive_service.status.health import backends
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from search.elasticsearch.index import open_elasticsearch
from search.port import (
    Entry,
    Query,
    SearchFullError,
    SearchIndexDamagedError,
    SearchIndexOldError,
    SearchUnavailableError,
    Visibility,
)
from search.query import parse_query
from tests.services.servers import Elasticsearch
from tests.worlds.archive import Backends, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, program_of
from tests.worlds.papers.bad_input import small_case

IN_THE_PAGE = "/search?q=day+treo"


@pytest.fixture
def services(tmp_path: Path, own_elasticsearch: Elasticsearch) -> Iterator[Services]:
    """An archive whose index is on the server, with one case file that is found there."""
    home = new_home(tmp_path / "home", Backends(elasticsearch=own_elasticsearch))
    with open_home(home) as opened:
        _take_in(opened, tmp_path / "first", OPEN_CODE)
        yield opened


@pytest.fixture
def url(own_elasticsearch: Elasticsearch) -> str:
    """The address of an index that is not there yet."""
    return own_elasticsearch.new_prefix_url()


@pytest.fixture
def client(own_elasticsearch: Elasticsearch) -> Client:
    """The server without us between."""
    return Client(own_elasticsearch.address)


def _take_in(services: Services, folder: Path, code: str) -> None:
    small_case(folder, code=code)
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    accept(services, submission, actor=person(services, "lan"))
    work(services, until_empty=True)


def _entry(case_file_id: UUID, text: str, page: int = 1) -> Entry:
    return Entry(case_file_id, "000.1", text, UUID(int=1), 2011, "01", page=page)


def _total(url: str, words: str) -> int:
    return open_elasticsearch(url).search(Query(parse_query(words), Visibility(None, None))).total


def _watch(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "watch-index")
    assert run_one(services, names=("watch-index",)) == "done"


def _incidents(services: Services) -> list[bool]:
    """Of every incident of searching, whether it is over."""
    with services.read_only() as session:
        rows = session.scalars(select(Incident).where(Incident.kind == "search-silent"))
        return [row.closed_at is not None for row in rows]


def test_a_dead_search_server_stops_searching_alone_and_is_caught_up_with(
    services: Services, own_elasticsearch: Elasticsearch
) -> None:
    app = create_app(services)
    reader, archivist = browser_of(app, services, "binh"), browser_of(app, services, "lan")
    assert OPEN_CODE in reader.get(IN_THE_PAGE).text
    with services.read_only() as session:
        case_file_id = session.scalars(select(CaseFile.id)).one()
    with services.writing() as session:
        services.jobs.add(session, "index-case-file", subject_id=case_file_id)
        session.get_one(CaseFile, case_file_id).version_indexed = 0
    own_elasticsearch.kill()
    try:
        silent = reader.get(IN_THE_PAGE)
        assert silent.status_code == 503
        assert "Hiện chưa tra cứu được" in silent.text
        answer = program_of(app, services, "binh").get("/search?q=day")
        assert (answer.status_code, answer.get_json()["code"]) == (503, "search-unavailable")
        assert archivist.get(f"/case-files/{OPEN_CODE}").status_code == 200
        assert [row.port for row in backends(services) if not row.ok] == ["search"]
        assert run_one(services, names=("index-case-file",)) == "retry"
        for _ in range(2):
            _watch(services)
        assert _incidents(services) == [False]
    finally:
        own_elasticsearch.restart()
    _watch(services)
    assert _incidents(services) == [True]
    work(services, until_empty=True)
    with services.read_only() as session:
        assert session.get_one(CaseFile, case_file_id).indexed
        assert session.scalars(select(Job.error).where(Job.state == "failed")).all() == []
    assert OPEN_CODE in reader.get(IN_THE_PAGE).text


def test_an_index_that_somebody_deleted_is_noticed_and_filled_again(
    services: Services, client: Client
) -> None:
    held = services.index.count()
    alias = services.settings.search.url.rpartition("/")[2] + "-entries"
    for name in client.indices.get(index=alias):
        client.indices.delete(index=name)
    with pytest.raises(SearchIndexDamagedError):
        services.index.count()
    _watch(services)
    assert services.index.count() == 0
    work(services, until_empty=True)
    assert services.index.count() == held > 0
    with services.read_only() as session:
        assert all(row.indexed for row in session.scalars(select(CaseFile)))


def test_an_index_of_an_earlier_form_answers_until_a_worker_has_filled_another(
    services: Services, client: Client
) -> None:
    reader = browser_of(create_app(services), services, "binh")
    held, identity = services.index.count(), services.index.identity()
    alias = services.settings.search.url.rpartition("/")[2] + "-entries"
    client.indices.put_mapping(index=alias, meta={"identity": identity, "form": "earlier"})
    _watch(services)
    assert services.index.is_outdated()
    assert (services.index.identity(), services.index.count()) == (identity, held)
    assert OPEN_CODE in reader.get(IN_THE_PAGE).text
    work(services, until_empty=True)
    assert not services.index.is_outdated()
    assert services.index.identity() != identity
    assert services.index.count() == held > 0
    assert OPEN_CODE in reader.get(IN_THE_PAGE).text
    assert len(client.indices.get(index=f"{alias}*")) == 1
    with services.read_only() as session:
        assert all(row.indexed for row in session.scalars(select(CaseFile)))


def test_an_index_of_an_earlier_form_without_a_field_is_told_and_found_in_again_when_filled(
    services: Services, client: Client
) -> None:
    """The server itself would find nothing by a field that it does not know."""
    alias = services.settings.search.url.rpartition("/")[2] + "-entries"
    ((name, made),) = client.indices.get(index=alias).items()
    found = client.search(index=alias, size=100)["hits"]["hits"]
    del made["mappings"]["properties"]["whole"]
    made["mappings"]["_meta"]["form"] = "earlier"
    kept = {key: made[key] for key in ("mappings", "aliases")}
    analysis = made["settings"]["index"]["analysis"]
    client.indices.delete(index=name)
    client.indices.create(index=name, settings={"analysis": analysis}, **kept)
    for entry in found:
        if entry["_source"].pop("whole", False) is False:
            client.index(index=name, id=entry["_id"], document=entry["_source"])
    client.indices.refresh(index=name)
    of_the_new_release = open_elasticsearch(services.settings.search.url)
    with pytest.raises(SearchIndexOldError):
        of_the_new_release.search(Query(parse_query("đáy treo"), Visibility(None, None)))
    with services.read_only() as session:
        held = session.scalars(select(CaseFile.id)).one()
    assert services.index.holds([held])[held] > 0
    _watch(services)
    work(services, until_empty=True)
    reader = browser_of(create_app(services), services, "binh")
    assert OPEN_CODE in reader.get(IN_THE_PAGE).text


# What a process does that is killed when half of the entries are on the server.
KILLED_ON_THE_WAY = """
import os, signal, sys
from uuid import UUID
from search.elasticsearch.index import open_elasticsearch
from search.port import Entry

case_file_id = UUID(sys.argv[2])

def entries():
    for page in range(6):
        text = "mặt bằng mới " + "-" * 200_000
        yield Entry(case_file_id, "000.1", text, UUID(int=1), 2011, "01", page=page)
    os.kill(os.getpid(), signal.SIGKILL)

open_elasticsearch(sys.argv[1]).replace_many([case_file_id], entries())
"""


def test_a_replacement_killed_on_the_way_is_not_seen_and_leaves_nothing_after_the_next(
    url: str, client: Client
) -> None:
    case_file_id = uuid4()
    index = open_elasticsearch(url)
    index.replace_many([case_file_id], [_entry(case_file_id, "mặt bằng cũ")])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_ON_THE_WAY, url, str(case_file_id)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    client.indices.refresh(index="*")
    alias = url.rpartition("/")[2] + "-entries"
    assert client.count(index=alias)["count"] > 2
    assert (_total(url, "cũ"), _total(url, "mới"), index.count()) == (1, 0, 1)
    index.replace_many([case_file_id], [_entry(case_file_id, "mặt bằng sau")])
    assert (_total(url, "cũ"), _total(url, "mới"), _total(url, "sau")) == (0, 0, 1)
    assert client.count(index=alias)["count"] == 3  # with its whole, and what is in hand


def test_what_is_written_while_the_server_dies_and_comes_back_is_found_once(
    url: str, own_elasticsearch: Elasticsearch
) -> None:
    case_files = [uuid4() for _ in range(12)]
    begun = threading.Event()

    def bring() -> None:
        index = open_elasticsearch(url)
        for number, case_file_id in enumerate(case_files):
            while True:
                try:
                    index.replace_many(
                        [case_file_id], [_entry(case_file_id, "mặt bằng", p) for p in range(3)]
                    )
                    break
                except SearchUnavailableError:
                    continue  # as a job that is tried again
            if number == 4:
                begun.set()

    writer = threading.Thread(target=bring)
    writer.start()
    begun.wait()
    own_elasticsearch.kill()
    own_elasticsearch.restart()
    writer.join()
    assert _total(url, "mặt bằng") == 3 * len(case_files) == open_elasticsearch(url).count()


def test_a_server_whose_disk_is_nearly_full_says_so_and_still_finds(
    url: str, client: Client
) -> None:
    case_file_id = uuid4()
    index = open_elasticsearch(url)
    index.replace_many([case_file_id], [_entry(case_file_id, "mặt bằng")])
    alias = url.rpartition("/")[2] + "-entries"
    block = "index.blocks.read_only_allow_delete"
    client.indices.put_settings(index=alias, settings={block: True})
    with pytest.raises(SearchFullError):
        index.replace_many([case_file_id], [_entry(case_file_id, "mặt bằng mới")])
    assert _total(url, "mặt bằng") == 1
    client.indices.put_settings(index=alias, settings={block: None})
    index.replace_many([case_file_id], [_entry(case_file_id, "mặt bằng mới")])
    assert _total(url, "mới") == 1


def test_an_index_that_is_not_ours_is_told_as_damaged_and_begun_anew(
    url: str, client: Client
) -> None:
    alias = url.rpartition("/")[2] + "-entries"
    index = open_elasticsearch(url)
    before = index.identity()
    for name in client.indices.get(index=alias):
        client.indices.delete(index=name)
    client.index(index=alias, document={"somebody": "else"}, refresh=True)
    with pytest.raises(SearchIndexDamagedError):
        index.search(
            Query(parse_query("mặt bằng"), Visibility(None, None), by="document", order="newest")
        )
    assert index.identity() not in (before, "")
    assert index.count() == 0


def test_processes_that_begin_at_once_make_one_index(url: str, client: Client) -> None:
    told = []
    starts = [
        threading.Thread(target=lambda: told.append(open_elasticsearch(url).identity()))
        for _ in range(6)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(told) == 6
    assert len(set(told)) == 1
    alias = url.rpartition("/")[2] + "-entries"
    assert len(client.indices.get(index=f"{alias}*")) == 1
