"""Watching the formats that are held: what there is, what is at risk, what newer signatures say."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject
from archive_service.domain.keeping.format_identification import (
    FormatIdentification,
    FormatRegistry,
)
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import InputError, IntegrityViolationError
from archive_service.formats.identify import identify
from archive_service.formats.risks import AT_RISK, FormatRisk, RiskLevel, risk_of
from archive_service.jobs.port import Lease
from archive_service.keeping.formats.migration import AGAIN, FORMAT_NOW, queue_migrations
from archive_service.notices.incidents import close_incident, open_incident, open_incidents
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place

WATCH_JOB = "watch-formats"
FORMAT_AT_RISK = "format-at-risk"
_AT_ONCE = 500  # files identified again by one job
_PAUSE = dt.timedelta(minutes=5)  # before the next, where more are left
_HELD = CaseFile.state.in_((CaseState.ACCEPTED, CaseState.STORED))
_NAME_NOW = case(
    (FormatIdentification.sha256.is_not(None), FormatIdentification.format_name),
    else_=DigitalObject.format_name,
)
_WORST_FIRST = (RiskLevel.HIGH, RiskLevel.UNIDENTIFIED, RiskLevel.UNKNOWN, RiskLevel.MEDIUM)


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held of one format."""

    puid: str | None
    name: str
    files: int
    size_bytes: int
    case_files: int

    @property
    def risk(self) -> FormatRisk:
        """What the list says of it."""
        return risk_of(self.puid)

    def as_document(self, lang: str = "vi") -> dict[str, Any]:
        """Plain JSON with the risk, its reason and where it is written."""
        risk = self.risk
        return asdict(self) | {
            "risk": risk.level.value,
            "target": risk.target,
            "reason": risk.said(lang),
            "citation": risk.citation,
            "certainty": risk.certainty,
        }


def list_formats(services: Services, *, actor: Actor) -> list[Holding]:
    """Every format held by PRONOM, the worst risk first."""
    access.require(actor, "format:list")
    with services.read_only() as session:
        return holdings_by_format(session)


def identification_standing(services: Services, *, actor: Actor) -> dict[str, Any]:
    """``{signatures, waiting}``: the version in use, and how many files it has not seen yet."""
    access.require(actor, "format:list")
    with services.read_only() as session:
        newest = _newest(session)
        if newest is None:
            return {"signatures": "", "waiting": 0}
        waiting = session.scalar(_unseen(newest).with_only_columns(func.count())) or 0
        return {"signatures": newest.version, "waiting": waiting}


def holdings_by_format(session: Session) -> list[Holding]:
    """One grouped query over all files held."""
    query = (
        select(
            FORMAT_NOW.label("puid"),
            func.max(_NAME_NOW),
            func.count(),
            func.sum(DigitalObject.size_bytes),
            func.count(DigitalObject.case_file_id.distinct()),
        )
        .join(CaseFile, CaseFile.id == DigitalObject.case_file_id)
        .outerjoin(FormatIdentification, AGAIN)
        .where(_HELD)
        .group_by(FORMAT_NOW)
    )
    found = [
        Holding(puid, name or "", files, int(size_bytes), case_files)
        for puid, name, files, size_bytes, case_files in session.execute(query)
    ]
    turn = {level: place for place, level in enumerate(_WORST_FIRST)}
    return sorted(
        found, key=lambda holding: (turn.get(holding.risk.level, len(turn)), -holding.files)
    )


def watch_formats(lease: Lease, services: Services) -> None:
    """Identify again what newer signatures have not seen; tell of formats at risk."""
    version = _signatures(services)
    with services.writing() as session:
        if session.get(FormatRegistry, version) is None:
            session.add(FormatRegistry(version=version, since=clock.now()))
    more = _identify_again(services, version)
    with services.writing() as session:
        _tell_of_risks(session)
        queue_migrations(session, services)
        services.jobs.finish(session, lease)
        session.flush()
        if more:
            services.jobs.add(session, WATCH_JOB, run_at=clock.now() + _PAUSE)


def _signatures(services: Services) -> str:
    """The version of PRONOM's signatures that is installed on this machine."""
    with work_place(services.work_folder, "text-") as folder:
        sample = folder / "sample.txt"
        sample.write_text("PRONOM")
        return identify(sample).registry[:200]


def _newest(session: Session) -> FormatRegistry | None:
    return session.scalar(select(FormatRegistry).order_by(FormatRegistry.since.desc()).limit(1))


def _unseen(newest: FormatRegistry) -> Select[DigitalObject, str]:
    """Files that came before these signatures and were not identified with them."""
    return (
        select(DigitalObject, CaseFile.ocfl_id)
        .join(CaseFile, CaseFile.id == DigitalObject.case_file_id)
        .outerjoin(
            FormatIdentification, and_(AGAIN, FormatIdentification.signatures == newest.version)
        )
        .where(
            CaseFile.state == CaseState.STORED,
            DigitalObject.version_added <= CaseFile.version_stored,
            DigitalObject.created_at < newest.since,
            FormatIdentification.sha256.is_(None),
        )
    )


def _identify_again(services: Services, version: str) -> bool:
    """The next files, those that nobody knew first; whether more are left."""
    with services.read_only() as session:
        newest = session.get_one(FormatRegistry, version)
        query = _unseen(newest).order_by(
            DigitalObject.puid.is_not(None), DigitalObject.case_file_id, DigitalObject.ordinal
        )
        rows = session.execute(query.limit(_AT_ONCE)).all()
        files = [(ocfl_id, file) for file, ocfl_id in rows]
    if not files:
        return False
    found: dict[str, FormatIdentification] = {}
    changed = 0
    with work_place(services.work_folder, "text-") as folder:
        for ocfl_id, some in groupby(files, key=lambda pair: pair[0]):
            content = HeldContent(services.copies, ocfl_id)
            for _, file in some:
                if file.sha256 not in found:
                    seen = _identified(file, content, folder, version)
                    found[file.sha256] = seen
                    changed += seen.puid != file.puid
    with services.writing() as session:
        for row in found.values():
            session.merge(row)
        facts = {"signatures": version, "files": len(found), "changed": changed}
        record_event(session, "format:identified", subject_id=None, actor=WORKER, data=facts)
    return len(files) == _AT_ONCE


def _identified(
    file: DigitalObject, content: HeldContent, folder: Path, version: str
) -> FormatIdentification:
    """What the file is now; one that cannot be read keeps what was known: fixity tells of it."""
    puid, name = file.puid, file.format_name
    target = folder / "file"
    try:
        content.fetch(file.sha256, file.size_bytes, target)
        found = identify(target, name=file.name)
        puid, name = found.puid, found.name or None
    except (IntegrityViolationError, InputError):
        pass
    return FormatIdentification(
        sha256=file.sha256,
        puid=puid,
        format_name=name,
        signatures=version,
        identified_at=clock.now(),
    )


def _tell_of_risks(session: Session) -> None:
    """One incident a format at risk, until none of it is held or it is safe again."""
    risky = _subjects(
        [holding for holding in holdings_by_format(session) if holding.risk.level in AT_RISK]
    )
    for subject, facts in risky.items():
        open_incident(
            session,
            FORMAT_AT_RISK,
            subject,
            severity=IncidentSeverity.NOTICE,
            facts=facts,
        )
    for row in open_incidents(session):
        if row.kind == FORMAT_AT_RISK and row.subject not in risky:
            close_incident(session, FORMAT_AT_RISK, row.subject)


def _subjects(holdings: Sequence[Holding]) -> dict[str, dict[str, Any]]:
    return {
        holding.puid or RiskLevel.UNIDENTIFIED.value: {
            "name": holding.name,
            "risk": holding.risk.level.value,
            "files": holding.files,
            "case_files": holding.case_files,
            "bytes": holding.size_bytes,
        }
        for holding in holdings
    }
