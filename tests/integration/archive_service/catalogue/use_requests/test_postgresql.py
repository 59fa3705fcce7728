"""Requests that wait for a scan, their queue, pages counted, and groups, on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaits
from dataclasses import replace
from pathlib import Path

import pytest

from archive_service.catalogue.arranging import rules as arranging_rules
from archive_service.catalogue.describing.acts import open_to_edit
from archive_service.catalogue.grants.group_documents import Grouping, Joining
from archive_service.catalogue.grants.groups import join_group, list_groups, make_group
from archive_service.catalogue.use_requests.acts import list_access_requests, make_access_request
from archive_service.catalogue.use_requests.given import Wish
from archive_service.catalogue.use_requests.pace import count_page
from archive_service.catalogue.use_requests.rules import DocumentPlaceChangedError
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.case_files.access_request import Wanted
from archive_service.domain.people.reading_grant import Level
from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from digitize.batches.queue.digitization import digitization_queue
from ingest.submissions.acts import accept, submit
from tests.services.servers import PostgreSql
from tests.worlds.archive import Backends, new_home, open_home, person
from tests.worlds.at_once import at_once
from tests.worlds.clients import do_all
from tests.worlds.digitize.scanning import (
    CODE,
    decide_all,
    folder_of_pages,
    import_batch,
    new_station,
    paper_case,
)
from tests.worlds.ingest.three_documents import THREE, three_documents


def test_what_is_asked_for_is_scanned_and_told_on_postgresql(
    tmp_path: Path, postgresql: PostgreSql
) -> None:
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    with open_home(home) as services:
        paper_case(services, tmp_path / "case")
        station, archivist = new_station(services), person(services, "lan")
        reader = person(services, "binh")
        make_access_request(services, Wish(code=CODE, document=1, purpose="Đọc"), actor=reader)
        ((entry,), _) = digitization_queue(services, actor=archivist, limit=5)
        assert entry["asked"] == [1]
        number = import_batch(services, folder_of_pages(tmp_path / "box", 1), station, code=CODE)
        (row,) = list_access_requests(services, actor=reader).requests
        assert (row.scan, row.due_on) == ("on-desk", "")
        decide_all(services, number, archivist)
        desk_acts.release(services, number, actor=archivist)
        work(services, until_empty=True)
        (row,) = list_access_requests(services, actor=reader).requests
        assert (row.scan, bool(row.due_on)) == ("", True)
        given = Grouping(name="Nhóm", level=Level.RESTRICTED, agency=SAMPLE_AGENCY.new_code)
        made = make_group(services, given, actor=archivist)
        join_group(services, made.id, Joining(account="binh", reason="12/QĐ"), actor=archivist)
        for who in (archivist, reader):
            (group,) = list_groups(services, actor=who).groups
            assert [member.account for member in group.members] == ["binh"]


def test_pages_that_are_asked_for_at_once_are_counted_on_postgresql(
    tmp_path: Path, postgresql: PostgreSql
) -> None:
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    with open_home(home) as services:
        use = services.settings.use.model_copy(update={"pages_per_minute": 2})
        settings = services.settings.model_copy(update={"use": use})
        strict, reader = replace(services, settings=settings), person(services, "binh")
        done = at_once(lambda _: count_page(strict, reader), 6)
        assert (done.count("reading-pace"), done.count(None)) == (4, 2)


def test_a_request_does_not_name_what_comes_to_stand_there_on_postgresql(
    tmp_path: Path, postgresql: PostgreSql
) -> None:
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    with open_home(home) as services, ThreadPoolExecutor(1) as pool:
        archivist, reader = person(services, "lan"), person(services, "binh")
        folder = three_documents(tmp_path / "three")
        (identifier,) = submit(folder, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, identifier, actor=archivist)
        wish = Wish(code=THREE, document=1, purpose="Hồ sơ về tôi", wants=Wanted.USES)
        with services.writing() as session:
            row = open_to_edit(session, THREE, actor=archivist)
            arranging_rules.reorder(session, row, [2, 1, 3])
            asked = pool.submit(make_access_request, services, wish, actor=reader)
            with pytest.raises(StillWaits):
                asked.result(timeout=1)
        with pytest.raises(DocumentPlaceChangedError):
            asked.result()
        assert make_access_request(services, wish, actor=reader).document == 1
