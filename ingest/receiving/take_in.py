"""Takes in what was sent: bytes into staging first, then rows, event and job in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from archive_service import access
from archive_service.db.unit_of_work import Database, UnitOfWork
from archive_service.domain.intake.delivery import Delivery, DeliveryRefusal
from archive_service.domain.intake.finding import as_json
from archive_service.domain.people.account import Actor
from archive_service.jobs.ledger import JobLedger
from archive_service.settings import LimitSettings
from archive_service.storage.staging import StagedObject, Staging
from ingest.channels.bag import as_bag
from ingest.channels.eark.package import as_package
from ingest.channels.edxml.row_packets import RowPackets
from ingest.channels.opening import open_parcel
from ingest.channels.parcel import Entry, Parcel
from ingest.channels.spreadsheet import read_declaration
from ingest.receiving.arrivals import (
    Arrival,
    Written,
    arrivals_of,
    tell_measured,
    unpacked,
    wanted_files,
)
from ingest.receiving.delivery import delivery_of, note_taken
from ingest.receiving.rows import PLAIN, Known, OwnRules, Register, lay_down, sent_as
from ingest.receiving.staged import discard_unneeded, restage_missing, stage_into


@dataclass(frozen=True, slots=True)
class Tools:
    """What receiving works with."""

    database: Database
    staging: Staging
    jobs: JobLedger
    limits: LimitSettings


@dataclass(slots=True)
class _Brought:
    """A parcel that is open: what it declares, its files, and those of them that are staged."""

    parcel: Parcel
    arrivals: list[Arrival]
    entries: dict[str, Entry]
    kept: dict[str, Entry]
    wanted: list[Entry]
    delivery: Delivery | None
    staged: dict[str, StagedObject] = field(default_factory=dict)


def receive_submission(
    source: Path | Parcel,
    *,
    actor: Actor,
    database: Database,
    staging: Staging,
    jobs: JobLedger,
    limits: LimitSettings,
    record_status: str = "",
    own: OwnRules = PLAIN,
) -> list[UUID]:
    """Take in a folder, ZIP, spreadsheet or filled form; one submission for each case file.

    Args:
        record_status: SUPPLEMENT or REPLACEMENT of case files in custody, whatever the parcel says.
        own: whom the installation trusts, and where its own rules lie.

    Returns:
        Their ids, in the order of the rows: ``received`` and waiting for their checks, or
        ``rejected`` where a row is marked as a state secret, whose bytes are not taken. Where the
        same content is open, accepted or stored already, the id of that one: nothing new is made.

    Raises:
        NotAllowedError: ``actor`` may not submit.
        InputError: a limit is broken or nothing declares a case file; nothing was taken in.
        BackendError: staging is full or does not answer; likewise.
    """
    tools = Tools(database, staging, jobs, limits)
    return receive_together(
        [source], actor=actor, tools=tools, record_status=record_status, own=own
    )[0]


def receive_together(
    sources: Sequence[Path | Parcel],
    *,
    actor: Actor,
    tools: Tools,
    record_status: str = "",
    own: OwnRules = PLAIN,
) -> list[list[UUID]]:
    """``receive_submission`` of each, all or none: one wait for the medium, one transaction."""
    access.require(actor, "submission:create")
    database, staging = tools.database, tools.staging
    with ExitStack() as opened:
        some = [
            opened.enter_context(_opened(source, tools.limits, record_status, own, actor))
            for source in sources
        ]
        try:
            _stage(some, staging)
            with database.unit_of_work() as uow:
                written = _write_all(uow, some, actor, tools.jobs, own)
                uow.commit()
        except BaseException:
            for brought in some:
                _discard(brought.staged, brought.staged.keys(), database, staging)
            raise
        for brought, outcome in zip(some, written, strict=True):
            if outcome.again:
                _discard(brought.staged, brought.staged.keys() - outcome.paths, database, staging)
            restage_missing(_fresh(brought, outcome), brought.entries | brought.kept, staging)
        return [outcome.ids for outcome in written]


@contextmanager
def _opened(
    source: Path | Parcel,
    limits: LimitSettings,
    record_status: str,
    own: OwnRules,
    actor: Actor,
) -> Iterator[_Brought]:
    sent = source if isinstance(source, Parcel) else open_parcel(source, limits)
    with sent as opened, RowPackets(limits, own.trust) as packets:
        package = as_package(as_bag(opened), limits, historical=own.historical)
        parcel = sent_as(package, record_status)
        declaration, sheet = read_declaration(parcel, limits)
        arrivals = arrivals_of(declaration, parcel)
        kept = _kept_beside(sheet, parcel, arrivals)
        apart = parcel.beside | ({sheet.path} if sheet else set())
        entries = {entry.path: entry for entry in parcel.entries if entry.path not in apart}
        entries |= unpacked(arrivals, packets, entries)
        wanted = wanted_files(arrivals, entries)
        delivery = delivery_of(sheet, parcel, arrivals, actor)
        yield _Brought(parcel, arrivals, entries, kept, wanted, delivery)


def _stage(some: Sequence[_Brought], staging: Staging) -> None:
    """The files of each; of several parcels together, under the number of theirs."""
    if len(some) == 1:
        (brought,) = some
        files = [*brought.wanted, *brought.kept.values()]
        stage_into(brought.staged, files, staging, side_by_side=brought.parcel.side_by_side)
        return
    staged: dict[str, StagedObject] = {}
    files = [
        replace(entry, path=f"{number}/{entry.path}")
        for number, brought in enumerate(some)
        for entry in (*brought.wanted, *brought.kept.values())
    ]
    try:
        stage_into(staged, files, staging)
    finally:
        for path, content in staged.items():
            number, _, name = path.partition("/")
            some[int(number)].staged[name] = content


def _write_all(
    uow: UnitOfWork, some: Sequence[_Brought], actor: Actor, jobs: JobLedger, own: OwnRules
) -> list[Written]:
    """Rows of all parcels, in the caller's transaction.

    What is known of their codes is read once, unless one may be what another brought just now.
    """
    codes = [arrival.code[:200] for brought in some for arrival in brought.arrivals]
    parts = [some] if len({*codes}) == len(codes) else [[brought] for brought in some]
    written: list[Written] = []
    for part in parts:
        known = Known.of(
            uow.session, [arrival.code for brought in part for arrival in brought.arrivals]
        )
        now = [_write(uow, brought, known, actor, jobs, own) for brought in part]
        lay_down(uow.session, now, jobs)
        written += now
    return written


def _write(
    uow: UnitOfWork,
    brought: _Brought,
    known: Known,
    actor: Actor,
    jobs: JobLedger,
    own: OwnRules,
) -> Written:
    """Rows of one parcel, in the caller's transaction."""
    parcel, arrivals, delivery = brought.parcel, brought.arrivals, brought.delivery
    if parcel.measured is not None:
        tell_measured(arrivals, parcel.measured, brought.staged)
    rows = Register(uow.session, actor, parcel, tuple(brought.kept), delivery=delivery, own=own)
    written = rows.write(arrivals, brought.staged, known)
    if delivery is not None and len(written.again) < len(written.ids):
        refused, again = _refused(delivery, arrivals), len(written.again)
        fresh = _fresh(brought, written)
        note_taken(uow, delivery, refused, fresh, again=again, actor=actor, jobs=jobs)
    return written


def _fresh(brought: _Brought, written: Written) -> dict[str, StagedObject]:
    return {path: brought.staged[path] for path in brought.staged if path in written.paths}


def _discard(
    staged: Mapping[str, StagedObject], paths: Iterable[str], database: Database, staging: Staging
) -> None:
    digests = [staged[path].sha256 for path in paths]
    discard_unneeded(digests, database=database, staging=staging)


def _refused(delivery: Delivery, arrivals: Sequence[Arrival]) -> list[DeliveryRefusal]:
    """Rows that are marked as state secrets; all else is found by the checks."""
    return [
        DeliveryRefusal(
            delivery_id=delivery.id,
            ordinal=ordinal,
            row=arrival.declared.row,
            code=arrival.code[:200],
            declared={},
            findings=[as_json(finding) for finding in arrival.secret],
        )
        for ordinal, arrival in enumerate(arrivals, start=1)
        if arrival.secret
    ]


def _kept_beside(
    sheet: Entry | None, parcel: Parcel, arrivals: Sequence[Arrival]
) -> dict[str, Entry]:
    """What is kept with each case file of the parcel: the sheet or packet that declares it.

    Nothing where it tells of a state secret.
    """
    if any(arrival.secret for arrival in arrivals):
        return {}
    beside = [entry for entry in parcel.entries if entry.path in parcel.beside]
    return {entry.path: entry for entry in (*beside, *([sheet] if sheet else []))}
