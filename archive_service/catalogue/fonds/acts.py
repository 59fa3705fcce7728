"""Fonds and series as whole acts: one transaction each, then into every copy."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.describing.acts import open_to_edit
from archive_service.catalogue.describing.mode_changes import reason_of
from archive_service.catalogue.fonds import fonds as keeping
from archive_service.catalogue.fonds import series as branches
from archive_service.catalogue.fonds.documents import (
    FondsDocument,
    FondsWithSeries,
    Moved,
    SeriesTree,
)
from archive_service.catalogue.fonds.fonds import get_listed
from archive_service.catalogue.fonds.given import (
    FondsChange,
    FondsClose,
    FondsIn,
    SeriesChange,
    SeriesIn,
    SeriesPut,
)
from archive_service.catalogue.fonds.placing import SERIES, put_in_place
from archive_service.catalogue.holdings.rows import case_files_named
from archive_service.domain.people.account import Actor
from archive_service.evidence.acting import acting
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import note_edited
from archive_service.services import Services
from archive_service.storage.held import require_fonds_free


def open_fonds(services: Services, given: FondsIn, *, actor: Actor) -> FondsDocument:
    """Open one more fonds of an agency."""
    fields = given.fields | {"name": given.name}
    with acting(services, "fonds:keep", actor) as session:
        row = keeping.add_fonds(
            session, given.code, agency=given.agency, fields=fields, actor=actor
        )
        return get_listed(session, row.code, actor=actor).document()


def describe_fonds(
    services: Services, code: str, given: FondsChange, *, actor: Actor
) -> FondsDocument:
    """Change what is said of a fonds; a name it bore before is kept."""
    with _keeping_free(services, code, actor) as session:
        keeping.describe_fonds(session, code, actor=actor, **dict(given))
        return get_listed(session, code, actor=actor).document()


def close_fonds(services: Services, code: str, given: FondsClose, *, actor: Actor) -> FondsDocument:
    """Close a fonds: nothing is added to it, its case files keep their codes."""
    with _keeping_free(services, code, actor) as session:
        keeping.close_fonds(session, code, actor=actor, **dict(given))
        return get_listed(session, code, actor=actor).document()


def list_fonds(services: Services, *, actor: Actor, text: str = "") -> list[FondsDocument]:
    """List fonds by code, with their state and how much is in them."""
    with services.read_only() as session:
        found = keeping.list_fonds(session, actor=actor, text=text)
        return [listed_fonds.document() for listed_fonds in found]


def fonds_with_series(services: Services, code: str, *, actor: Actor) -> FondsWithSeries:
    """One fonds, and under ``tree`` its series from the top."""
    with services.read_only() as session:
        fonds = get_listed(session, code, actor=actor).document()
        tree = branches.list_series(session, code, actor=actor)
        return fonds.extended(FondsWithSeries, tree=tree)


def list_series(services: Services, code: str, *, actor: Actor) -> SeriesTree:
    """The series of a fonds from the top, without what is counted in the fonds."""
    with services.read_only() as session:
        return SeriesTree(series=branches.list_series(session, code, actor=actor))


def add_series(services: Services, code: str, given: SeriesIn, *, actor: Actor) -> SeriesTree:
    """Add a series to the tree of a fonds."""
    with acting(services, "fonds:keep", actor) as session:
        branches.add_series(session, code, actor=actor, **dict(given))
        return _tree(session, code, actor)


def change_series(
    services: Services, code: str, series: str, given: SeriesChange, *, actor: Actor
) -> SeriesTree:
    """Change title, note or place of a series."""
    with _keeping_free(services, code, actor) as session:
        branches.change_series(session, code, series, actor=actor, **dict(given))
        return _tree(session, code, actor)


def remove_series(services: Services, code: str, series: str, *, actor: Actor) -> SeriesTree:
    """Remove a series in which nothing is left."""
    with _keeping_free(services, code, actor) as session:
        branches.remove_series(session, code, series, actor=actor)
        return _tree(session, code, actor)


def put_in_series(services: Services, series: str, given: SeriesPut, *, actor: Actor) -> Moved:
    """Put case files into a series of their fonds; "-" takes them out of theirs.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, CaseFileHeldError
        SeriesNotFoundError: the fonds of one of them has no such series: nothing is changed.
    """
    access.require(actor, "case-file:describe")
    reason, wanted = reason_of(given.reason), sorted({code.strip() for code in given.codes})
    place = {SERIES: "" if series == "-" else series}
    moved = 0
    with services.writing() as session:
        case_files_named(session, wanted, actor=actor)  # all unknown ones are told at once
        for code in wanted:
            row = open_to_edit(session, code, actor=actor)
            if put_in_place(session, row, place, reason=reason, actor=actor):
                note_edited(session, row, services)
                moved += 1
    write_out_evidence(services)
    return Moved(moved=moved)


@contextmanager
def _keeping_free(services: Services, code: str, actor: Actor) -> Iterator[Session]:
    """Ask the holds on a fonds before it is described, closed or its tree is changed.

    A branch may be added all the same: nothing that is held changes by it.
    """
    with acting(services, "fonds:keep", actor) as session:
        row = keeping.get_fonds(session, code, actor=actor)
        require_fonds_free(session, row, act="fonds:keep", actor=actor)
        yield session


def _tree(session: Session, code: str, actor: Actor) -> SeriesTree:
    session.flush()
    return SeriesTree(series=branches.list_series(session, code, actor=actor))
