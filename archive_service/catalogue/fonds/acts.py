"""Fonds and series as whole acts: one transaction each, then into every copy."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.describing.acts import open_to_edit
from archive_service.catalogue.describing.mode_changes import reason_of
from archive_service.catalogue.fonds import fonds as keeping
from archive_service.catalogue.fonds import series as branches
from archive_service.catalogue.fonds.fonds import get_listed
from archive_service.catalogue.fonds.placing import SERIES, put_in_place
from archive_service.catalogue.holdings.rows import case_files_named
from archive_service.domain.people.account import Actor
from archive_service.evidence.acting import acting
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import note_edited
from archive_service.services import Services
from archive_service.storage.held import require_fonds_free


def open_fonds(
    services: Services, code: str, *, agency: str, fields: Mapping[str, str], actor: Actor
) -> dict[str, Any]:
    """One more fonds of an agency; see ``fonds.fonds.add_fonds``."""
    with acting(services, "fonds:keep", actor) as session:
        row = keeping.add_fonds(session, code, agency=agency, fields=fields, actor=actor)
        return get_listed(session, row.code, actor=actor).told()


def describe_fonds(
    services: Services, code: str, *, fields: Mapping[str, str], reason: str, actor: Actor
) -> dict[str, Any]:
    """See ``fonds.fonds.describe_fonds``."""
    with services.writing() as session:
        _require_free(session, code, actor=actor)
        keeping.describe_fonds(session, code, fields=fields, reason=reason, actor=actor)
        told = get_listed(session, code, actor=actor).told()
    write_out_evidence(services)
    return told


def close_fonds(
    services: Services,
    code: str,
    *,
    reason: str,
    actor: Actor,
    successor: str = "",
    on: dt.date | None = None,
) -> dict[str, Any]:
    """See ``fonds.fonds.close_fonds``."""
    with services.writing() as session:
        _require_free(session, code, actor=actor)
        keeping.close_fonds(session, code, reason=reason, actor=actor, successor=successor, on=on)
        told = get_listed(session, code, actor=actor).told()
    write_out_evidence(services)
    return told


def list_fonds(services: Services, *, actor: Actor, text: str = "") -> list[dict[str, Any]]:
    """Fonds the account may know of, by code."""
    with services.read_only() as session:
        return [
            listed_fonds.told()
            for listed_fonds in keeping.list_fonds(session, actor=actor, text=text)
        ]


def fonds_with_series(services: Services, code: str, *, actor: Actor) -> dict[str, Any]:
    """One fonds, and under ``tree`` its series from the top."""
    with services.read_only() as session:
        told = get_listed(session, code, actor=actor).told()
        return told | {"tree": branches.list_series(session, code, actor=actor)}


def add_series(
    services: Services, fonds: str, code: str, title: str, *, actor: Actor, **more: str
) -> list[dict[str, Any]]:
    """One more branch, ``parent`` and ``note`` as given; the whole tree as it is then."""
    with services.writing() as session:
        branches.add_series(session, fonds, code, title, actor=actor, **more)
        tree = branches.list_series(session, fonds, actor=actor)
    write_out_evidence(services)
    return tree


def change_series(
    services: Services, fonds: str, code: str, *, actor: Actor, **more: str | None
) -> list[dict[str, Any]]:
    """``title``, ``note``, ``parent`` as given; the whole tree as it is then."""
    with services.writing() as session:
        _require_free(session, fonds, actor=actor)
        branches.change_series(session, fonds, code, actor=actor, **more)
        tree = branches.list_series(session, fonds, actor=actor)
    write_out_evidence(services)
    return tree


def remove_series(
    services: Services, fonds: str, code: str, *, actor: Actor
) -> list[dict[str, Any]]:
    """An empty branch; the whole tree as it is then."""
    with services.writing() as session:
        _require_free(session, fonds, actor=actor)
        branches.remove_series(session, fonds, code, actor=actor)
        tree = branches.list_series(session, fonds, actor=actor)
    write_out_evidence(services)
    return tree


def put_in_series(
    services: Services, codes: Sequence[str], series: str, *, reason: str, actor: Actor
) -> int:
    """All of these case files into a series of their fonds, or with "" into none; how many moved.

    A case file belongs to at most one: it leaves the one in which it was.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, CaseFileHeldError
        SeriesNotFoundError: the fonds of one of them has no such series: nothing is changed.
    """
    access.require(actor, "case-file:describe")
    reason = reason_of(reason)
    moved = 0
    with services.writing() as session:
        wanted = sorted({code.strip() for code in codes})
        case_files_named(session, wanted, actor=actor)  # all unknown ones are told at once
        for code in wanted:
            row = open_to_edit(session, code, actor=actor)
            if put_in_place(session, row, {SERIES: series}, reason=reason, actor=actor):
                note_edited(session, row, services)
                moved += 1
    write_out_evidence(services)
    return moved


def _require_free(session: Session, code: str, *, actor: Actor) -> None:
    """Ask the holds on a fonds before it is described, closed or its tree is changed.

    A branch may be added all the same: nothing that is held changes by it.
    """
    access.require(actor, "fonds:keep")
    row = keeping.get_fonds(session, code, actor=actor)
    require_fonds_free(session, row, act="fonds:keep", actor=actor)
