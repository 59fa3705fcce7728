"""The whole house at a glance: what each copy holds, how lately it was read, what is in trouble."""

from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.background_jobs.view import error_in_words
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.enrolled_copy import CopyRole, CopyStanding, EnrolledCopy
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Actor
from archive_service.errors import BackendError
from archive_service.keeping.fixity.counted import (
    AGES,
    IN_CUSTODY,
    Cell,
    cells_of,
    held_of,
    oldest_reading,
)
from archive_service.services import Services
from archive_service.status.documents import BackendDocument
from archive_service.status.health import detail_words, state_of
from archive_service.storage.copies.lag import FOR_RESERVE, Lag, copy_lag, found_damaged
from archive_service.storage.port import ObjectStore, TellsRoom

_RECENT = 90  # days
_SHOWN = 50  # troubles of a kind; the lists have all


def copies_held(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """``{name, standing, role, held, whole, behind, proved_at, lag, free_bytes}`` of each.

    ``held`` case files are there in their stored version and whole, of ``whole`` in all, or of
    all that are marked for the reserve; ``behind`` lack a version: of a large copy as of an hour
    ago at most. ``lag`` as ``copy_lag`` tells, now. ``free_bytes`` is ``None`` where the store does
    not tell. A retired copy that still stands in the settings is told as that, and not asked.
    """
    access.require(actor, "status:read")
    counted = select(func.count()).where(CaseFile.state.in_(IN_CUSTODY), FOR_RESERVE)
    with services.read_only() as session:
        known = {row.name: row for row in session.scalars(select(EnrolledCopy))}
        found = held_of(session, list(known))
        proved = {name: oldest_reading(session, name) for name in known}
        marked = session.scalar(counted) or 0
        lags = copy_lag(session)
    rows = []
    for copy in (*services.stores, *services.reserve_stores):
        if (row := known.get(copy.name)) is None:
            continue
        retired = row.state is CopyStanding.RETIRED
        of_copy, oldest = found[copy.name], proved[copy.name]
        in_all = marked if row.role is CopyRole.RESERVE else of_copy.whole
        whole = 0 if retired else in_all
        rows.append(
            {
                "name": copy.name,
                "standing": row.state.value,
                "role": row.role.value,
                "held": of_copy.sound,
                "whole": whole,
                "behind": max(whole - of_copy.current, 0),
                "proved_at": oldest and clock.iso(clock.of_database(oldest)),
                "lag": lags.get(copy.name, Lag()).as_document(),
                "free_bytes": None if retired else _free_bytes(copy),
            }
        )
    return rows


def coverage(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """``{name, cells, recent, whole, damaged}`` of each copy: how lately it was read again.

    A cell is a run of case files, ``a`` to ``d`` by the one longest unread, ``bad`` if one of
    them is damaged. ``recent`` counts those read within 90 days. Of a large copy all this is as
    of an hour ago at most.
    """
    access.require(actor, "status:read")
    with services.read_only() as session:
        found = {copy.name: cells_of(session, copy.name) for copy in services.copies}
    recent = AGES.index(_RECENT)
    return [
        {
            "name": name,
            "cells": [_cell(cell) for cell in cells],
            "recent": sum(cell.read[recent] for cell in cells),
            "whole": sum(cell.case_files for cell in cells),
            "damaged": sum(cell.damaged for cell in cells),
        }
        for name, cells in found.items()
    ]


def incidents(
    services: Services, backends: list[BackendDocument], *, actor: Actor, lang: str = "vi"
) -> list[dict[str, Any]]:
    """What a person has to look at: damaged packages, silent backends, jobs that gave up.

    ``{severity, message, remedy, place, job, case_file}``; the last two where there is one.
    """
    access.require(actor, "status:read")
    with services.read_only() as session:
        return [
            *_damaged(session, actor, lang),
            *(_silent(row, lang) for row in backends if not row.ok),
            *_given_up(session, actor, lang),
        ]


def _damaged(session: Session, actor: Actor, lang: str) -> list[dict[str, Any]]:
    found = found_damaged()
    query = (
        select(CaseFile.code, found.c.copy)
        .join(found, found.c.case_file_id == CaseFile.id)
        .where(access.visible(actor, "status:read", CaseFile.agency_id))
        .order_by(CaseFile.code, found.c.copy)
        .limit(_SHOWN)
    )
    return [
        _incident("package-damaged", "error", {"copy": row.copy, "code": row.code}, row.code, lang)
        | {"case_file": row.code}
        for row in session.execute(query)
    ]


def _silent(row: BackendDocument, lang: str) -> dict[str, Any]:
    port = messages.text(f"pages.system.ports.{row.port}", lang)
    facts = {"port": port, "reason": detail_words(row.detail, lang)}
    code = "backend-failed" if state_of(row) == "failed" else "backend-silent"
    return _incident(code, "warning", facts, row.url, lang)


def _given_up(session: Session, actor: Actor, lang: str) -> list[dict[str, Any]]:
    query = (
        select(Job, Submission.code)
        .outerjoin(Submission, Submission.id == Job.subject_id)
        .where(
            or_(Job.state == JobState.DEAD, Job.state == JobState.FAILED),
            access.visible(actor, "status:read", Submission.agency_id),
        )
        .order_by(Job.finished_at.desc())
        .limit(_SHOWN)
    )
    rows = []
    for job, code in session.execute(query):
        name = messages.text(f"labels.jobs.{job.name}", lang)
        why = error_in_words(job, lang) or {"message": "", "remedy": ""}
        facts = {"job": name, "why": why["message"], "remedy": why["remedy"]}
        severity = "error" if job.state is JobState.DEAD else "warning"
        rows.append(
            _incident("job-given-up", severity, facts, code or "", lang) | {"job": str(job.id)}
        )
    return rows


def _incident(
    code: str, severity: str, facts: dict[str, str], place: str, lang: str
) -> dict[str, Any]:
    message = messages.finding(code, lang, facts)
    return {
        "check": "system",
        "code": code,
        "severity": severity,
        "message": message.message,
        "remedy": message.remedy,
        "place": place,
    }


def _cell(cell: Cell) -> str:
    """The word of a run of case files."""
    if cell.damaged:
        return "bad"
    ages = zip("abc", cell.read, strict=True)
    return next((name for name, read in ages if read == cell.case_files), "d")


def _free_bytes(copy: ObjectStore) -> int | None:
    try:
        return copy.free_bytes() if isinstance(copy, TellsRoom) else None
    except BackendError:
        return None
