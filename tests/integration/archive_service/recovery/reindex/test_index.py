"""The index is shown, compared with the holdings, and written again while it is in use."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.jobs.due import INDEX_JOB, note_edited
from archive_service.recovery.rebuild.refill import write_again
from archive_service.recovery.reindex.acts import index_status, rebuild_index, verify_index
from archive_service.services import Services
from archive_service.worker import run_one
from search.acts import find
from search.index_watch import adopt_index
from search.port import Entry
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.browsers import counted
from tests.worlds.clients import do_all
from tests.worlds.damage.killing import Killer, KillingIndex, Moment
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.servers.indexes import entry
from tests.worlds.transfer.handed_over import brought_in

WORDS = "bien ban ban giao"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    folder = tmp_path / "case"
    folder.mkdir()
    write_pdf(folder / "a.pdf", words="biên bản bàn giao trạm bơm")
    write_sheet(folder / "Hồ sơ.xlsx", [case_row()], [document_row("a.pdf")])
    with open_home(new_home(tmp_path / "home")) as opened:
        brought_in(opened, folder)
        do_all(opened)
        yield opened


def hits(services: Services) -> int:
    return find(services, WORDS, actor=person(services, "lan")).total


def held(services: Services) -> UUID:
    with services.read_only() as session:
        return session.scalars(select(CaseFile.id)).one()


def faults(services: Services, **how: bool) -> list[str]:
    told = verify_index(services, actor=OPERATOR, **how)
    return [fault.fault for fault in told.faults]


def kept(services: Services) -> list[Entry]:
    """The entries as the copies give them."""
    from archive_service.recovery.rebuild.refill import read_again

    ((_, _, entries),) = read_again(services, [held(services)])
    assert entries
    return list(entries)


def test_a_sound_index_has_no_fault_and_no_lag(services: Services) -> None:
    told = index_status(services, actor=OPERATOR)
    assert (told.engine, told.known) == ("fts5", True)
    assert (told.held, told.indexed, told.behind, told.jobs) == (1, 1, 0, 0)
    assert told.entries == 3  # its data, its page, and the names of its files
    assert told.waiting_s is None
    assert faults(services, deep=True) == []


def test_what_waits_is_told_from_the_open_jobs_alone(services: Services) -> None:
    """Sorted by age, PostgreSQL looks for the oldest among all that were ever done."""
    with counted(services) as seen:
        index_status(services, actor=OPERATOR)
    (of_jobs,) = (one for one in seen if "FROM job" in one)
    assert "ORDER BY" not in of_jobs
    assert of_jobs.startswith("SELECT count(*)")


def test_what_is_missing_is_found_and_queued(services: Services) -> None:
    services.index.remove([held(services)])
    assert hits(services) == 0
    assert faults(services) == ["missing"]
    assert verify_index(services, actor=OPERATOR, repair=True).queued == 1
    told = index_status(services, actor=OPERATOR)
    assert (told.behind, told.jobs) == (1, 1)
    assert told.waiting_s is not None
    assert faults(services) == ["behind"]
    do_all(services)
    assert faults(services, deep=True) == []
    assert hits(services) > 0


def test_other_words_than_the_copies_give_are_found_only_by_reading_them(
    services: Services,
) -> None:
    entries = kept(services)
    services.index.replace_many(
        [held(services)], [replace(one, text="nội dung khác") for one in entries]
    )
    assert faults(services) == []
    assert faults(services, deep=True) == ["differs"]
    told = rebuild_index(services, actor=OPERATOR)
    assert (told.written, told.left, told.emptied) == (1, 0, False)
    assert faults(services, deep=True) == []


def test_what_is_held_no_more_is_taken_out(services: Services) -> None:
    stray = uuid4()
    services.index.replace_many([stray], [entry(stray, "biên bản bàn giao đã đi")])
    assert faults(services) == ["stray"]
    assert verify_index(services, actor=OPERATOR, repair=True).removed == 1
    assert faults(services) == []
    services.index.replace_many([stray], [entry(stray, "biên bản bàn giao đã đi")])
    assert rebuild_index(services, actor=OPERATOR).removed == 1


def test_searches_miss_nothing_while_it_is_written_again(services: Services) -> None:
    before = hits(services)
    seen: list[int] = []
    rebuild_index(services, actor=OPERATOR, progress=lambda _code: seen.append(hits(services)))
    assert seen == [before]
    assert hits(services) == before
    assert index_status(services, actor=OPERATOR).behind == 0


KILLED_ON_THE_WAY = """
import os, signal, sys
from pathlib import Path
from archive_service.recovery.reindex.acts import rebuild_index
from tests.worlds.archive import OPERATOR, open_home

with open_home(Path(sys.argv[1])) as services:
    rebuild_index(
        services, actor=OPERATOR, progress=lambda _code: os.kill(os.getpid(), signal.SIGKILL)
    )
"""


def test_a_rebuild_that_was_killed_goes_on(services: Services) -> None:
    before, identity = hits(services), services.index.identity()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_ON_THE_WAY, str(services.settings.home)], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert (hits(services), services.index.identity()) == (before, identity)
    told = index_status(services, actor=OPERATOR)
    assert (told.behind, told.beside) == (0, told.entries)
    assert rebuild_index(services, actor=OPERATOR, resume=True).written == 0, "it was written"
    assert services.index.identity() != identity
    assert hits(services) == before
    told = index_status(services, actor=OPERATOR)
    assert (told.known, told.behind, told.jobs, told.beside) == (True, 0, 0, None)
    assert faults(services, deep=True) == []


def test_what_is_indexed_while_a_rebuild_goes_on_is_in_the_new_one(services: Services) -> None:
    turns: list[str] = []

    def changed(code: str) -> None:
        turns.append(code)
        if len(turns) > 1:
            return
        with services.writing() as session:
            session.get_one(CaseFile, held(services)).version_indexed = 0
            services.jobs.add(session, INDEX_JOB, subject_id=held(services))
        assert run_one(services, names=(INDEX_JOB,)) == "done"

    told = rebuild_index(services, actor=OPERATOR, progress=changed)
    assert (told.written, told.left) == (1, 0)
    assert faults(services, deep=True) == []


class Edited(Killer):
    """Kills nobody: a case file is edited and indexed while older words of it go in."""

    def __init__(self, services: Services) -> None:
        super().__init__(Moment.INDEX, 1)
        self._services = services

    def is_due(self, moment: Moment) -> bool:
        """Never."""
        if super().is_due(moment):
            with self._services.writing() as session:
                row = session.get_one(CaseFile, held(self._services))
                row.title = "Hồ sơ mang tên khác"
                note_edited(session, row, self._services)
            do_all(self._services)
        return False


def test_what_was_edited_and_indexed_meanwhile_is_indexed_once_more(services: Services) -> None:
    late = replace(services, index=KillingIndex(services.index, Edited(services)))
    write_again(late, [held(services)])
    do_all(services)
    assert faults(services, deep=True) == []


def test_an_index_of_an_earlier_form_answers_until_a_worker_has_filled_another(
    services: Services,
) -> None:
    before, identity = hits(services), services.index.identity()
    with sqlite3.connect(services.settings.home / "search.db") as db:
        db.execute("PRAGMA user_version = 1")
    db.close()
    assert adopt_index(services) == adopt_index(services) == 0
    told = index_status(services, actor=OPERATOR)
    assert (told.outdated, told.known, told.behind, told.jobs) == (True, True, 0, 0)
    assert hits(services) == before
    do_all(services)
    told = index_status(services, actor=OPERATOR)
    assert (told.outdated, told.known, told.behind, told.jobs) == (False, True, 0, 0)
    assert services.index.identity() != identity
    assert hits(services) == before
    assert faults(services, deep=True) == []


def test_what_a_copy_does_not_give_is_taken_over_as_it_was(services: Services) -> None:
    before = hits(services)
    spoilt = list(services.settings.home.glob("*/**/content/**/*.pdf"))
    assert len(spoilt) >= len(services.copies)
    for each in spoilt:
        each.chmod(0o644)
        each.write_bytes(b"%PDF-1.7 other bytes")
    told = rebuild_index(services, actor=OPERATOR)
    assert (told.written, told.left) == (0, 1)
    assert hits(services) == before


def test_a_damaged_index_begins_anew_and_is_filled(services: Services) -> None:
    before = hits(services)
    path = services.settings.home / "search.db"
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM entry_words_data WHERE id > 10")
    told = rebuild_index(services, actor=OPERATOR)
    assert told.emptied
    assert told.written == 1
    assert hits(services) == before
    assert faults(services, deep=True) == []


def test_who_reads_does_not_look_after_the_index(services: Services) -> None:
    lan = person(services, "lan")
    for act in (index_status, verify_index, rebuild_index):
        with pytest.raises(ActNotAllowedError):
            act(services, actor=lan)
