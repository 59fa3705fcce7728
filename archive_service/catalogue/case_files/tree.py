"""The holdings gone through without a query: fonds, series, case files, documents; and by years.

Each branch is asked for when it is opened, a part at a time behind the last code seen, and shows
and counts what the account may know of alone. Counts of branches end at ``MOST_COUNTED``: that many
rows are looked at however many there are.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, literal, select
from sqlalchemy.orm import Session, aliased

from archive_service import access
from archive_service.domain.agencies.fonds import Fonds, Series
from archive_service.domain.case_files.case_file import CaseFile, not_emptied
from archive_service.domain.case_files.case_standing import OVER
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.errors import NotFoundError

MOST_COUNTED = 1_000
PART_ROWS = 50


class BranchUnknownError(NotFoundError):
    """No such branch, or none in which this account may know of anything."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What is opened: a fonds, a series of it, a year, a case file; nothing of them: the root."""

    fonds: str = ""
    series: str = ""
    year: int | None = None
    case_file: str = ""
    after: str = ""  # the last code seen


@dataclass(frozen=True, slots=True)
class Twig:
    """One line of an opened branch that opens itself; ``count`` ends at one over the most."""

    branch: Branch
    code: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """One document of a case file."""

    case_file: str
    ordinal: int
    title: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What a branch shows; ``more`` goes on behind the last case file or document of it.

    ``name``: of the fonds or series that was opened, to head a page of it.
    """

    twigs: tuple[Twig, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    more: Branch | None = None
    name: str = ""


def open_branch(session: Session, branch: Branch, *, actor: Actor) -> Opened:
    """One statement for what stands in it, one for what it belongs to.

    Raises:
        ActNotAllowedError: the account may know of no case file.
        BranchUnknownError: absent, or not to be known.
    """
    access.require(actor, "case-file:list")
    if branch.case_file:
        return _documents(session, branch, actor)
    if branch.year is not None:
        return _case_files(session, branch, [CaseFile.year == branch.year], actor)
    if not branch.fonds:
        return Opened(twigs=_all_fonds(session, actor))
    fonds, series = _place(session, branch, actor)
    of_branch = CaseFile.series_id.is_(None) if series is None else CaseFile.series_id == series.id
    found = _case_files(session, branch, [CaseFile.fonds_id == fonds.id, of_branch], actor)
    name = fonds.name if series is None else series.title
    if branch.after:
        return replace(found, name=name)
    below = _series(session, fonds, series, actor)
    return replace(found, twigs=(*below, *found.twigs), name=name)


def years_held(session: Session, *, actor: Actor) -> list[tuple[int, int]]:
    """Each year of which something is held, the newest first, with how many case files."""
    access.require(actor, "case-file:list")
    # Of all agencies, as one index has it in order; a condition on the agency would be asked of
    # another one, row by row. What is not to be known ends here.
    place = (CaseFile.year, CaseFile.agency_id)
    counted = select(*place, func.count().label("many")).where(*_in_custody()).group_by(*place)
    every = counted.subquery()
    emptied = counted.where(~not_emptied()).subquery()  # few
    same = (emptied.c.year == every.c.year) & (emptied.c.agency_id == every.c.agency_id)
    left = every.c.many - func.coalesce(emptied.c.many, 0)
    rows = session.execute(
        select(every.c.year, every.c.agency_id, left.label("left")).outerjoin(emptied, same)
    )
    years: Counter[int] = Counter()
    for row in rows:
        if row.left and actor.agency_id in (None, row.agency_id):
            years[row.year] += row.left
    return sorted(years.items(), reverse=True)


def _in_custody() -> list[ColumnElement[bool]]:
    return [CaseFile.state.not_in(OVER), CaseFile.removing_since.is_(None)]


def _held(actor: Actor) -> list[ColumnElement[bool]]:
    """What is in custody here, and the account may know of."""
    return [access.visible(actor, "case-file:list", CaseFile.agency_id), *_in_custody()]


def _few(
    actor: Actor, *conditions: ColumnElement[bool], of: type[Fonds | Series]
) -> ScalarSelect[int]:
    """How many of them, looking at no more rows than are told."""
    some = (
        select(literal(1).label("one"))
        .select_from(CaseFile)
        .where(*_held(actor), not_emptied(), *conditions)
        .limit(MOST_COUNTED + 1)
        .correlate(of)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()


def _all_fonds(session: Session, actor: Actor) -> tuple[Twig, ...]:
    held = _few(actor, CaseFile.fonds_id == Fonds.id, of=Fonds).label("held")
    rows = session.execute(select(Fonds.code, Fonds.name, held).order_by(Fonds.code))
    shows_all = access.may(actor, "fonds:list") and actor.agency_id is None
    return tuple(
        Twig(Branch(fonds=row.code), row.code, row.name, row.held)
        for row in rows
        if row.held or shows_all
    )


def _place(session: Session, branch: Branch, actor: Actor) -> tuple[Fonds, Series | None]:
    fonds = session.scalar(select(Fonds).where(Fonds.code == branch.fonds))
    if fonds is None or not _knows(session, fonds, actor):
        raise BranchUnknownError(branch=branch.fonds)
    if not branch.series:
        return fonds, None
    named = (Series.fonds_id == fonds.id, Series.code == branch.series)
    series = session.scalar(select(Series).where(*named, Series.removed_on.is_(None)))
    if series is None:
        raise BranchUnknownError(branch=branch.series)
    return fonds, series


def _knows(session: Session, fonds: Fonds, actor: Actor) -> bool:
    if actor.agency_id is None or fonds.agency_id == actor.agency_id:
        return True
    own = select(CaseFile.id).where(*_held(actor), CaseFile.fonds_id == fonds.id).limit(1)
    return session.scalar(own) is not None


def _series(session: Session, fonds: Fonds, above: Series | None, actor: Actor) -> tuple[Twig, ...]:
    """Those right below; of another agency's fonds those alone in which something may be known."""
    parent = Series.parent_id.is_(None) if above is None else Series.parent_id == above.id
    below = aliased(Series)
    branches = (
        select(func.count())
        .where(below.parent_id == Series.id, below.removed_on.is_(None))
        .correlate(Series)
        .scalar_subquery()
    )
    in_it = (CaseFile.fonds_id == fonds.id, CaseFile.series_id == Series.id)
    rows = session.execute(
        select(
            Series.code,
            Series.title,
            _few(actor, *in_it, of=Series).label("held"),
            branches.label("branches"),
        )
        .where(Series.fonds_id == fonds.id, parent, Series.removed_on.is_(None))
        .order_by(Series.code)
    )
    shows_all = actor.agency_id is None or fonds.agency_id == actor.agency_id
    return tuple(
        Twig(Branch(fonds=fonds.code, series=row.code), row.code, row.title, row.held)
        for row in rows
        if row.held or (shows_all and row.branches)
    )


def _case_files(
    session: Session, branch: Branch, conditions: Sequence[ColumnElement[bool]], actor: Actor
) -> Opened:
    query: Select[str, str, int] = (
        select(CaseFile.code, CaseFile.title, CaseFile.total_doc)
        .where(*_held(actor), not_emptied(), *conditions)
        .order_by(CaseFile.code)
        .limit(PART_ROWS + 1)
    )
    if branch.after:
        query = query.where(CaseFile.code > branch.after)
    rows = list(session.execute(query))
    twigs = tuple(
        Twig(Branch(case_file=row.code), row.code, row.title, row.total_doc)
        for row in rows[:PART_ROWS]
    )
    return Opened(twigs=twigs, more=_more(branch, rows, twigs[-1].code if twigs else ""))


def _documents(session: Session, branch: Branch, actor: Actor) -> Opened:
    """Titles of documents are known to whoever may know of the case file."""
    after = int(branch.after) if branch.after.isdecimal() else 0
    document = Document
    rows = list(
        session.execute(
            select(CaseFile.id, document.ordinal, document.subject)
            .outerjoin(
                document,
                (document.case_file_id == CaseFile.id)
                & (document.ordinal > after)
                & document.moved_to.is_(None),
            )
            .where(*_held(actor), not_emptied(), CaseFile.code == branch.case_file)
            .order_by(document.ordinal)
            .limit(PART_ROWS + 1)
        )
    )
    if not rows:
        raise BranchUnknownError(branch=branch.case_file)
    leaves = tuple(
        Leaf(branch.case_file, row.ordinal, row.subject)
        for row in rows[:PART_ROWS]
        if row.ordinal is not None
    )
    return Opened(
        leaves=leaves, more=_more(branch, rows, str(leaves[-1].ordinal) if leaves else "")
    )


def _more(branch: Branch, rows: Sequence[object], last: str) -> Branch | None:
    if len(rows) <= PART_ROWS:
        return None
    return Branch(branch.fonds, branch.series, branch.year, branch.case_file, last)
