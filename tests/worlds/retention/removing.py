"""Case files whose destruction was approved, and where bytes of them are looked for."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.bench.decided import decided_list
from archive_service.bootstrap import open_services
from archive_service.db.server_files import ServerFilesBusyError
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.people.incident import Incident
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.domain.retention.removal import PlaceState, Removal, RemovalPlace
from archive_service.recovery.backup.acts import run_backup
from archive_service.services import Services
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from retention.destruction.acts import REMOVAL_OPEN, RESUME_JOB, claim_items
from retention.disposition.custody_acts import tell
from tests.worlds.archive import (
    OPERATOR,
    PAPER_FOLDER,
    PDF_NAME,
    copy_home,
    mixed_case,
    new_home,
    open_home,
    person,
    settings_of,
)
from tests.worlds.command import Command
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.retention.packaged import package_anew

MARKED, OTHER = "H40.18.2025.09.QLCT", "H40.18.2025.08.QLCT"
# Stand in a document's data, in the bytes of a file, in a note of the case file, on the sheet.
SUBJECT, BYTES, NOTE = "Quetzalcoatl", "Xochimilco", "Popocatepetl"
MARKS = tuple(mark.encode() for mark in (SUBJECT, BYTES, NOTE, SUBJECT.lower(), "Khe Lạnh, xã"))
_LOOKS = 5  # at a server that is busy
ENDED_ON = dt.date(2020, 12, 31)


def approved(services: Services, *codes: str, number: int = 1) -> list[UUID]:
    """A list with these case files on it, their terms long over, decided on; ids of the items."""
    end_terms(services, *codes)
    with services.writing() as session:
        rows = [
            session.scalars(select(CaseFile).where(CaseFile.code == code)).one() for code in codes
        ]
        decided = decided_list(rows, number=number)
        session.add(decided)
        session.flush()
        decided.list_sha256 = decided.digest_of_list()
        tell(session, decided, "disposition:approved", actor=WORKER, items=True)
        return [item.id for item in decided.items]


def end_terms(services: Services, *codes: str) -> None:
    """Let the terms of these be long over, in their packages as in their rows."""
    ended = False, dt.date(2015, 1, 1), ENDED_ON
    moved = []
    with services.writing() as session:
        for row in session.scalars(select(CaseFile).where(CaseFile.code.in_(codes))):
            if (row.permanent, row.starts_on, row.ends_on) != ended:
                row.permanent, row.starts_on, row.ends_on = ended
                moved.append(row.code)
    if moved:
        package_anew(services, *moved)


def iter_marked(folder: Path, *marks: bytes) -> Iterator[Path]:
    """Files below ``folder`` with one of these bytes in them, whatever else they are."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            data = file.read_bytes()
            if any(mark in data for mark in marks):
                yield file.relative_to(folder)


def marked_home(place: Path, *, backed_up: bool = True) -> Path:
    """A home with two case files in custody, one of them full of marks, and a backup of it all."""
    home = new_home(place / "home")
    mixed_case(place / "marked", code=MARKED)
    write_pdf(place / "marked" / PDF_NAME, words=BYTES)
    write_sheet(
        place / "marked" / "Hồ sơ.xlsx",
        [case_row(MARKED, description=NOTE)],
        [document_row(PDF_NAME, MARKED, subject=SUBJECT), document_row(PAPER_FOLDER, MARKED)],
    )
    write_pdf(place / "other" / PDF_NAME, words=OTHER)
    write_sheet(place / "other" / "Hồ sơ.xlsx", [case_row(OTHER)], [document_row(PDF_NAME, OTHER)])
    with open_home(home) as services:
        for name in ("marked", "other"):
            (identifier,) = submit(place / name, actor=person(services, "bach"), services=services)
            work(services, until_empty=True)
            accept(services, identifier, actor=person(services, "lan"))
            end_terms(services, MARKED, OTHER)
            work(services, until_empty=True)
    if backed_up:
        Command(home).ask("backup", "--to", place / "medium", "--objects")
    return home


def take_in(services: Services, folder: Path, code: str) -> None:
    """One more case file in custody."""
    write_pdf(folder / PDF_NAME, words=code)
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], [document_row(PDF_NAME, code)])
    (identifier,) = submit(folder, actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    accept(services, identifier, actor=person(services, "lan"))
    end_terms(services, code)
    work(services, until_empty=True)


def claimed(services: Services, code: str = MARKED, *, number: int = 1) -> UUID:
    """Approved by the list of this number and claimed; the id of the removal."""
    (item,) = approved(services, code, number=number)
    with services.writing() as session:
        row = session.get_one(DispositionItem, item)
        removal = claim_item(services, session, row)
    return removal.id


def case_of(services: Services, code: str = MARKED) -> CaseFile:
    """The case file's own row."""
    with services.read_only() as session:
        return session.scalars(select(CaseFile).where(CaseFile.code == code)).one()


def do(services: Services, *, once: bool = False) -> None:
    """Carry out what is claimed, but for what waits for the next backup."""
    while run_one(services, names=("destroy-case-file",)):
        pass
    if not once and _is_busy(services):
        resume(services)


def is_alarmed(services: Services) -> bool:
    """Whether an incident of an open removal stands."""
    open_now = (Incident.kind == REMOVAL_OPEN) & Incident.closed_at.is_(None)
    with services.read_only() as session:
        return bool(session.scalar(select(exists().where(open_now))))


def back_up_anew(services: Services) -> Path:
    """The backup of the next night, onto a medium of its own, and what waited for it."""
    medium = services.settings.home.parent / "newer"
    run_backup(services, medium, actor=OPERATOR, with_objects=True)
    resume(services)
    return medium


def states(services: Services, removal_id: UUID) -> dict[str, str]:
    """Place → where it stands."""
    with services.read_only() as session:
        told = removal_document(session, removal_id)
    return {place["place"]: place["state"] for place in told["places"]}


def resume(services: Services) -> None:
    """The look of every ten minutes, and what it queues.

    Workers of the tests share a server: where another keeps its files busy, the next look comes.
    """
    for _ in range(_LOOKS):
        with services.writing() as session:
            services.jobs.add(session, RESUME_JOB)
        while run_one(services, names=(RESUME_JOB, "destroy-case-file")):
            pass
        if not _is_busy(services):
            return


def _is_busy(services: Services) -> bool:
    busy = RemovalPlace.trouble == ServerFilesBusyError.code
    with services.read_only() as session:
        found = exists(RemovalPlace.id).where(RemovalPlace.state == PlaceState.OPEN, busy)
        return bool(session.scalar(select(found)))


def destroyed(services: Services) -> UUID:
    """Gone from every place, the backups of before too."""
    removal_id = claimed(services)
    do(services)
    back_up_anew(services)
    assert case_of(services).state is CaseState.DESTROYED
    return removal_id


@contextmanager
def open_with_erasers(home: Path) -> Iterator[Services]:
    """The services of a home, with whoever keeps in a bucket named as who may erase there."""
    found = settings_of(home)
    credentials = {}
    for url in found.storage.copies:
        if url.startswith("s3:"):
            name = url.rpartition("name=")[2]
            credentials[name] = url.removeprefix("s3://").partition("@")[0]
    storage = found.storage.model_copy(update={"erase_credentials": credentials})
    services = open_services(found.model_copy(update={"storage": storage}))
    try:
        yield services
    finally:
        services.close()


@contextmanager
def without_grace(stored: Path, home: Path) -> Iterator[Services]:
    """A copy of a home in ``home``, whose staging has no time of grace."""
    with open_home(copy_home(stored, home)) as opened:
        yield graceless(opened)


def graceless(services: Services) -> Services:
    """The same archive, whose staging has no time of grace: what is let go goes now."""
    storage = services.settings.storage.model_copy(update={"staging_grace_s": 0})
    return replace(services, settings=services.settings.model_copy(update={"storage": storage}))


def claim_item(
    services: Services, session: Session, item: DispositionItem, *, actor: Actor = WORKER
) -> Removal:
    """The case file of an approved item goes, from the caller's commit on; by a job.

    Raises:
        RemovalRefusedError: a hold, a link, the term, the list or its state forbids it.
    """
    told = claim_items(services, session, [item.id], actor=actor)[item.id]
    if isinstance(told, RemovalRefusedError):
        raise told
    return told


def removal_document(session: Session, removal_id: UUID) -> dict[str, Any]:
    """Where it stands, place by place, as the certificate and the pages tell it."""
    removal = session.get_one(Removal, removal_id)
    return {
        "id": str(removal.id),
        "code": removal.code,
        "ocfl_id": removal.ocfl_id,
        "versions": removal.versions,
        "files": removal.files,
        "size_bytes": removal.size_bytes,
        "claimed_by": removal.claimed_by,
        "claimed_at": clock.iso(removal.claimed_at),
        "done_at": removal.done_at and clock.iso(removal.done_at),
        "places": [
            {
                "place": place.place,
                "state": place.state.value,
                "proof": {
                    name: told for name, told in place.proof.items() if not name.startswith("_")
                },
                "trouble": place.trouble,
                "until": _iso(place.until),
                "tried_at": _iso(place.tried_at),
                "gone_at": _iso(place.gone_at),
            }
            for place in removal.places
        ],
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return clock.iso(moment) if moment else None
