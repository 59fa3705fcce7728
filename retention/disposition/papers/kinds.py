"""Which papers the file of a destruction (hồ sơ hủy) has to hold at each step, and by which model.

Source:
    ``rule_sets/destruction_forms.toml``: TT 06/2025/TT-BNV, NĐ 30/2020/NĐ-CP.
"""

from collections.abc import Iterator
from functools import cache

from archive_service import law
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionKind,
    DispositionPaper,
    DispositionState,
    ItemState,
    Outcome,
)
from retention.disposition.council.council import needs_council

_RULES = "destruction_forms.toml"
LIST, EXPLANATION, COUNCIL_DECISION = "list", "explanation", "council-decision"
MINUTES, OPINION, DECISION = "minutes", "opinion", "decision"
HANDING_OVER, DESTRUCTION, CERTIFICATE = "handing-over", "destruction", "certificate"
# In the order of the file; the opinion comes from outside, as a scan.
FORMS = (
    LIST,
    EXPLANATION,
    COUNCIL_DECISION,
    MINUTES,
    OPINION,
    DECISION,
    HANDING_OVER,
    DESTRUCTION,
    CERTIFICATE,
)
BEFORE_SUBMISSION = (LIST, EXPLANATION, COUNCIL_DECISION, MINUTES)
OF_ARCHIVE = frozenset({LIST, EXPLANATION, HANDING_OVER, DESTRUCTION, CERTIFICATE})
# Which people sign; what is the archive's alone has its signature when it is made.
ASKED = frozenset({COUNCIL_DECISION, MINUTES, DECISION, HANDING_OVER, DESTRUCTION})
OF_AGENCY = frozenset({COUNCIL_DECISION, DECISION})  # numbered by the agency, not by the archive
_SINCE = {
    state: place
    for place, state in enumerate(
        (
            DispositionState.REVIEWED,
            DispositionState.SUBMITTED,
            DispositionState.APPROVED,
            DispositionState.EXECUTING,
            DispositionState.EXECUTED,
        )
    )
}


def papers_due(row: Disposition) -> list[str]:
    """Forms that the list calls for where it stands; none where nothing is to be destroyed."""
    if row.kind is not DispositionKind.DESTROY or not needs_council(row):
        return []
    return list(_due(row))


def _due(row: Disposition) -> Iterator[str]:
    step = _SINCE.get(row.state, -1)
    if step < 0:
        return
    yield LIST
    yield EXPLANATION
    if row.members and row.council_number and row.council_on:
        yield COUNCIL_DECISION
    if (
        row.members
        and row.met_on
        and row.minutes
        and all(member.voted_at for member in row.members)
    ):
        yield MINUTES
    if step >= _SINCE[DispositionState.APPROVED] and _is_destroyed(row, *_GOING):
        yield DECISION
    if step >= _SINCE[DispositionState.EXECUTING] and _is_destroyed(row, *_GOING):
        yield HANDING_OVER
    if step >= _SINCE[DispositionState.EXECUTED] and _is_destroyed(row, ItemState.DONE):
        yield DESTRUCTION
        yield CERTIFICATE


_GOING = (ItemState.APPROVED, ItemState.CLAIMED, ItemState.DONE)


def _is_destroyed(row: Disposition, *states: ItemState) -> bool:
    return any(
        disposition_item.outcome is Outcome.DESTROY and disposition_item.state in states
        for disposition_item in row.items
    )


def unmade(row: Disposition) -> list[str]:
    """Papers that must be there before the list is submitted: keys of ``labels.disposition-need``.

    What each says is looked at when they are made.
    """
    there = {paper.form for paper in row.papers}
    due = [form for form in papers_due(row) if form in BEFORE_SUBMISSION]
    return [f"paper-{form}" for form in due if form not in there]


def newest_papers(row: Disposition) -> dict[str, DispositionPaper]:
    """The newest paper of each form."""
    found: dict[str, DispositionPaper] = {}
    for paper in sorted(row.papers, key=lambda paper: paper.edition):
        found[paper.form] = paper
    return found


def may_certify(row: Disposition) -> bool:
    """Whether anything was claimed: a certificate, perhaps a provisional one, says of it."""
    return _is_destroyed(row, ItemState.CLAIMED, ItemState.DONE)


def is_made_anew(row: Disposition, form: str) -> bool:
    """Whether a paper that says something else by now is made again.

    What the council and the head of the agency saw stands as they saw it.
    """
    if form == CERTIFICATE:
        return True
    return form in BEFORE_SUBMISSION and row.state is DispositionState.REVIEWED


@cache
def signed_before() -> frozenset[str]:
    """Forms that have to be signed before anything is destroyed."""
    rules = law.load_rule_set(law.CONFIG / "rule_sets" / _RULES, each_row_cites=True)
    return frozenset(str(row["code"]) for row in rules.rows if row.get("signed_before"))


def bases() -> tuple[str, ...]:
    """The instruments that a decision rests on, as it names them, in order."""
    return law.bases_of(_RULES)
