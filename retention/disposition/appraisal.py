"""What may be proposed, what a review may say of it, and whether it is still what was reviewed.

Rules of a disposition (xử lý khi hết hạn): Luật Lưu trữ 33/2024/QH15, Điều 16 and 36 khoản 4.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.db.duplicate_keepers import Wanted, keepers_lacking
from archive_service.db.held import held_among, held_condition
from archive_service.db.listed import open_lists_of
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import (
    CaseFile,
    CaseState,
    PackageVersion,
    paper_case_file,
)
from archive_service.domain.case_files.duplicate_keeper import KEPT_GROUNDS
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.digitization.paper import PaperPart
from archive_service.domain.retention.disposition import (
    DispositionItem,
    DispositionKind,
    Ground,
    ItemState,
    Outcome,
)
from archive_service.domain.retention.refusal import Refusal
from archive_service.errors import ConflictError, InputError
from retention.terms.dates import is_due
from retention.terms.rules import MAX_YEARS, RetentionRule, law_citation

_AT_ONCE = 500  # case files asked for in one statement
One = TypeVar("One")


class DispositionOutcomeError(InputError):
    """A list of this kind, or this case file, cannot have such an outcome."""


class CaseFileUnsettledError(ConflictError):
    """A version of it is on its way into the copies: what would be reviewed is not fixed yet."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a case file is proposed; a duplicate or a draft with the case file that keeps it."""

    ground: Ground = Ground.EXPIRED
    keeper_id: UUID | None = None
    keeper_code: str = ""

    @classmethod
    def of(cls, item: DispositionItem) -> "Cause":
        """As it stands on a list."""
        return cls(item.ground, item.keeper_id, item.keeper_code)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a review says of one case file; ``years`` with ``KEEP``: so many more whole years."""

    outcome: Outcome
    years: int | None = None

    @classmethod
    def parse(cls, text: str, *, code: str = "") -> "Verdict":
        """Of ``destroy``, ``keep:YEARS``, ``permanent`` or ``wait``; ``code``: of which case file.

        Raises:
            DispositionOutcomeError: none of these.
        """
        word, _, years = text.strip().partition(":")
        try:
            outcome = Outcome(word)
        except ValueError:
            raise DispositionOutcomeError(code=code, outcome=text) from None
        keeps = outcome is Outcome.KEEP
        if keeps != bool(years) or (keeps and not (years.isascii() and years.isdigit())):
            raise DispositionOutcomeError(code=code, outcome=text)
        verdict = cls(outcome, int(years) if keeps else None)
        if keeps and not 1 <= int(years) <= MAX_YEARS:
            raise DispositionOutcomeError(code=code, outcome=text)
        return verdict

    def __str__(self) -> str:
        """As ``parse`` reads it."""
        return self.outcome.value if self.years is None else f"{self.outcome.value}:{self.years}"


def why_not(
    session: Session,
    case_files: Sequence[CaseFile],
    on: dt.date,
    *,
    kind: DispositionKind = DispositionKind.DESTROY,
    causes: Mapping[UUID, Cause] | None = None,
    but: Sequence[UUID] = (),
) -> dict[UUID, Refusal]:
    """Of these case files those that may not be on a list, each with its first reason.

    In a fixed number of statements for each 500.

    Args:
        on: local day; the last day of a term still belongs to it.
        kind: an extension may come before the term is over, and a link does not stop it.
        causes: what is proposed as a duplicate or as superseded need not be due, but is kept.
        but: the lists that they stand on already.
    """
    refused: dict[UUID, Refusal] = {}
    for some in _some(case_files):
        ids = [row.id for row in some]
        held = held_among(session, ids)
        listed = open_lists_of(session, ids, but=but)
        destroys = kind is DispositionKind.DESTROY
        linked = _linked(session, ids, on) if destroys else {}
        why = {
            identifier: cause
            for identifier in ids
            if (cause := (causes or {}).get(identifier)) is not None
        }
        unkept = _unkept(session, why, on) if destroys else {}
        for row in some:
            found = _own_reason(row, on, kind, why.get(row.id, Cause()).ground)
            if row.id in held:
                found = found or Refusal("held", {})
            if row.id in linked:
                found = found or Refusal("linked", {"to": linked[row.id]})
            if row.id in listed:
                found = found or Refusal("listed", {"list": listed[row.id].number})
            if row.id in unkept:
                found = found or unkept[row.id]
            if found is not None:
                refused[row.id] = found
    return refused


def _own_reason(
    row: CaseFile, on: dt.date, kind: DispositionKind, ground: Ground
) -> Refusal | None:
    if row.state is not CaseState.STORED or row.removing_since is not None:
        return Refusal("state", {"state": row.state.value})
    if row.permanent:
        return Refusal("permanent", {})
    if kind is DispositionKind.EXTEND or ground in KEPT_GROUNDS:
        return None
    if row.ends_on is None:
        return Refusal("waits-for-event", {})
    if not is_due(row.ends_on, on):
        return Refusal("undue", {"ends_on": row.ends_on.isoformat()})
    return None


def _unkept(session: Session, causes: Mapping[UUID, Cause], on: dt.date) -> dict[UUID, Refusal]:
    """Duplicates and drafts that no other case file keeps any more, or not as it should."""
    wanted = [
        Wanted(identifier, cause.ground, cause.keeper_id)
        for identifier, cause in causes.items()
        if cause.ground in KEPT_GROUNDS
    ]
    return {
        identifier: Refusal("keeper", {"reason": reason, "keeper": causes[identifier].keeper_code})
        for identifier, reason in keepers_lacking(session, wanted, on).items()
    }


def must_stay(on: dt.date) -> ColumnElement[bool]:
    """Of a ``CaseFile``: it is here, and its own term is not over on this day."""
    kept = CaseFile.state.in_((CaseState.ACCEPTED, CaseState.STORED))
    lasting = or_(CaseFile.permanent, CaseFile.ends_on.is_(None), CaseFile.ends_on >= on)
    return kept & CaseFile.removing_since.is_(None) & lasting


def _linked(session: Session, ids: Sequence[UUID], on: dt.date) -> dict[UUID, str]:
    """Case files of which a document also belongs to one that is kept; one such, by its code.

    Source:
        Luật Lưu trữ 33/2024/QH15, Điều 36 khoản 4: no link to material with a longer term.
    """
    query = (
        select(DocumentLink.source_id, CaseFile.code)
        .join(CaseFile, CaseFile.id == DocumentLink.case_file_id)
        .where(
            DocumentLink.source_id.in_(ids),
            DocumentLink.ended_at.is_(None),
            or_(must_stay(on), held_condition()),
        )
        .order_by(CaseFile.code.desc())
    )
    return {row.source_id: row.code for row in session.execute(query)}


def make_items(
    session: Session,
    case_files: Sequence[CaseFile],
    refused: Mapping[UUID, Refusal],
    *,
    after: int = 0,
    causes: Mapping[UUID, Cause] | None = None,
) -> list[DispositionItem]:
    """An item for each case file, those that are refused as well, in the order given."""
    sizes: dict[UUID, int] = {}
    papers: dict[UUID, str] = {}
    for some in _some(case_files):
        built = (
            select(PackageVersion.case_file_id, func.max(PackageVersion.size_bytes))
            .where(PackageVersion.case_file_id.in_([row.id for row in some]))
            .group_by(PackageVersion.case_file_id)
        )
        sizes.update((row[0], row[1]) for row in session.execute(built))
        papers.update(_papers_of(session, some))
    why = {row.id: (causes or {}).get(row.id, Cause()) for row in case_files}
    return [
        DispositionItem(
            id=uuid4(),  # known beforehand, so that one prepared statement lays down all of them
            case_file_id=row.id,
            ordinal=ordinal,
            code=row.code,
            title=row.title,
            ground=why[row.id].ground,
            keeper_id=why[row.id].keeper_id,
            keeper_code=why[row.id].keeper_code,
            state=ItemState.REFUSED if row.id in refused else ItemState.PROPOSED,
            refusal=refused[row.id].as_document() if row.id in refused else None,
            reason="",
            edition=row.version_wanted,
            ends_on=row.ends_on,
            documents=row.total_doc,
            size_bytes=sizes.get(row.id, 0),
            paper=papers.get(row.id, ""),
            paper_destroyed_by="",
            paper_method="",
        )
        for ordinal, row in enumerate(case_files, start=after + 1)
    ]


def _papers_of(session: Session, some: Sequence[CaseFile]) -> Iterator[tuple[UUID, str]]:
    """Where the paper lies, of each that has any; in words where nobody can tell.

    Paper that was never handed over counts: whoever has it destroys it too (Luật Lưu trữ
    33/2024/QH15, Điều 36 khoản 4: what was digitized goes with what it was digitized from).
    """
    places: dict[str, set[str]] = {}
    parts = select(PaperPart).where(PaperPart.case_code.in_([row.code for row in some]))
    for part in session.scalars(parts):
        places.setdefault(part.case_code, set()).add(part.place)
    mine = CaseFile.id.in_([row.id for row in some])
    on_paper = set(session.scalars(select(CaseFile.id).where(mine, paper_case_file())))
    for row in some:
        if row.code in places or row.id in on_paper:
            known = sorted(places.get(row.code, set()) - {""})
            why = "unplaced" if row.code in places else "expected"
            words = [row.paper_file_code or "", messages.text(f"labels.paper-where.{why}", "vi")]
            yield row.id, "; ".join(known or filter(None, words))[:300]


def require_outcome(
    item: DispositionItem, case_file: CaseFile, verdict: Verdict, kind: DispositionKind
) -> None:
    """``DispositionOutcomeError`` where the list, or the case file, cannot have this outcome.

    What is kept on is kept beyond today; a list that extends destroys nothing.
    """
    fits = kind is DispositionKind.DESTROY or verdict.outcome is not Outcome.DESTROY
    if verdict.outcome is Outcome.KEEP:
        fits = fits and not is_due(kept_until(case_file, verdict), clock.today())
    if not fits:
        raise DispositionOutcomeError(code=item.code, outcome=str(verdict))


def kept_until(case_file: CaseFile, verdict: Verdict) -> dt.date | None:
    """The last day of the new term, from the year in which the present one ends."""
    if case_file.ends_on is None or verdict.years is None:
        return None
    year = case_file.ends_on.year + verdict.years
    return dt.date(min(year, dt.MAXYEAR), 12, 31)


def rule_after(case_file: CaseFile, verdict: Verdict) -> RetentionRule:
    """The rule of the case file with the term that was decided on; for ``KEEP, PERMANENT``."""
    rule = RetentionRule.from_document(case_file.rule)
    longer = verdict.outcome is Outcome.KEEP and rule.years is not None
    years = (rule.years or 0) + (verdict.years or 0) if longer else None
    cited = law_citation("destruction")
    return replace(rule, years=years, basis="disposition", citation=cited, raised_from=None)


def is_settled(case_file: CaseFile) -> bool:
    """Whether the copies hold what its rows say: what is reviewed is then fixed by a version."""
    return case_file.version_wanted == case_file.version_built == case_file.version_stored


def is_changed(item: DispositionItem, case_file: CaseFile | None) -> bool:
    """Whether the case file is another than the one that was reviewed: its content or its term."""
    if case_file is None or case_file.permanent:
        return True
    return (item.edition, item.ends_on) != (case_file.version_wanted, case_file.ends_on)


def case_files_of(
    session: Session, items: Iterable[DispositionItem], *, locked: bool = False
) -> dict[UUID, CaseFile]:
    """The case files of a list by id; ``locked``: nothing of them changes before the commit."""
    found: dict[UUID, CaseFile] = {}
    ids = sorted(item.case_file_id for item in items)
    for some in _some(ids):
        query = select(CaseFile).where(CaseFile.id.in_(some)).order_by(CaseFile.id)
        if locked:
            query = query.with_for_update().execution_options(populate_existing=True)
        found.update((row.id, row) for row in session.scalars(query))
    if locked:  # of a hold on a fonds and a decision one sees the other
        fonds = select(Fonds.id).where(Fonds.id.in_({row.fonds_id for row in found.values()}))
        shared = fonds.order_by(Fonds.id).with_for_update(read=True, key_share=True)
        session.execute(shared)
    return found


def _some(rows: Sequence[One]) -> Iterator[Sequence[One]]:
    return (rows[at : at + _AT_ONCE] for at in range(0, len(rows), _AT_ONCE))
