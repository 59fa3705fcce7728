"""Consent to what was read from page 1, by a person or the rule: without, nothing is written."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from archive_service import clock
from archive_service.domain.case_files.document import Document
from archive_service.domain.digitization.scan_batch import ScanBatch, ScanDocument
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.law import UnknownCodeError, code_list
from archive_service.text import nfc
from digitize.batches.desk.changes import Desk, assign
from digitize.batches.reading.places import PLACE
from digitize.batches.release.targets import COLUMNS, DECLARED, Target, targets_of
from digitize.page_one.check import DIFFERS, agrees

PROPOSED, TAKEN, REFUSED = "proposed", "taken", "refused"
_ORDINAL = re.compile(r"[1-9][0-9]{0,3}")
IN_LIST = "in_list"  # beside a proposal: what the list says otherwise
RULE = "rule"  # in place of an account, where the rule of the settings took it


class ProposalNotFoundError(NotFoundError):
    """Nothing of this field was read from the document's pages."""


class NothingToTakeError(ConflictError):
    """Nothing that was read waits to be taken, or none of it agrees with the list."""


class ProposalValueError(InputError):
    """A value that the field cannot hold."""


def take(desk: Desk, *, document: str, field: str, value: str = "") -> None:
    """A person takes what was read, or ``value`` in its place; it is written at the release.

    The place in the document list is had at once, as by ``assign``.

    Raises:
        ProposalNotFoundError: nothing was read for the field.
        ProposalValueError: ``value`` is none for this field.
    """
    row = desk.document(document)
    proposal = _proposal(row, field)
    taken = _checked(field, value) if value.strip() else str(proposal["value"])
    if field == PLACE:
        _take_place(desk, row, taken)
        return
    if value.strip():  # not what was read is compared any more
        proposal.pop(IN_LIST, None)
    _decide(row, field, proposal | {"value": taken}, TAKEN, desk.actor.account)


def refuse(desk: Desk, *, document: str, field: str) -> None:
    """A person refuses what was read: it is not proposed again, and not compared.

    Raises:
        ProposalNotFoundError: nothing was read for the field.
    """
    row = desk.document(document)
    _decide(row, field, _proposal(row, field), REFUSED, desk.actor.account)


def take_all(desk: Desk, *, document: str = "") -> None:
    """A person takes all that nobody decided on yet and the list does not contradict.

    Of one document; with none, of every document its place in the list, and what agrees with the
    list, in the list's own words. What differs from the list is taken one by one.

    Raises:
        NothingToTakeError: nothing is left to be taken.
    """
    rows = [desk.document(document)] if document else desk.batch.documents
    placed = [row for row in rows if PLACE in undecided(row.proposals)]
    for row in placed:
        _take_place(desk, row, row.proposals[PLACE]["value"])
    targets = targets_of(desk.session, desk.batch)
    if document:
        found = [
            (row, field, row.proposals[field])
            for row in rows
            for field in undecided(row.proposals)
            if field not in _differing(row, targets)
        ]
    else:
        found = list(_equal(desk.batch, targets))
    if not found and not placed:
        raise NothingToTakeError(batch=desk.batch.number)
    for row, field, proposal in found:
        _decide(row, field, proposal, TAKEN, desk.actor.account)


CONSENT_ACTS: dict[str, Callable[..., None]] = {
    "take": take,
    "refuse": refuse,
    "take-all": take_all,
}


def take_equal(batch: ScanBatch, targets: Mapping[str, Target], *, least: float) -> int:
    """The rule: take what was read surely and equals the document list; how many were taken.

    Args:
        least: confidence, 0 to 100, from which it is sure enough; 0 switches the rule off.
    """
    if not least:
        return 0
    found = [match for match in _equal(batch, targets) if match[2]["confidence"] >= least]
    for document, field, proposal in found:
        _decide(document, field, proposal | {"least": least}, TAKEN, RULE)
    return len(found)


def note_differing(batch: ScanBatch, targets: Mapping[str, Target]) -> None:
    """Note values of the list that differ beside the values that were read, as ``in_list``."""
    for document in batch.documents:
        differing = _differing(document, targets)
        document.proposals = {
            field: {name: value for name, value in proposal.items() if name != IN_LIST}
            | ({IN_LIST: differing[field]} if field in differing else {})
            for field, proposal in document.proposals.items()
        }


def _equal(
    batch: ScanBatch, targets: Mapping[str, Target]
) -> Iterator[tuple[ScanDocument, str, dict[str, Any]]]:
    """Undecided proposals that equal the document list, with the value as the list has it."""
    for document in batch.documents:
        for field, listed_value, is_same in _compared(document, targets):
            proposal = document.proposals[field]
            if is_same and proposal.get("state") == PROPOSED:
                yield document, field, proposal | {"value": listed_value}


def _differing(document: ScanDocument, targets: Mapping[str, Target]) -> dict[str, str]:
    """Values of the list for fields that were read otherwise."""
    return {
        field: listed_value
        for field, listed_value, is_same in _compared(document, targets)
        if not is_same
    }


def _compared(
    document: ScanDocument, targets: Mapping[str, Target]
) -> Iterator[tuple[str, str, bool]]:
    """Fields that page and list both have: what the list says, and whether it means the same."""
    target = targets.get(document.case_code)
    listed = target.document(document.document_ordinal) if target is not None else None
    if listed is None:
        return
    superior = str(document.proposals.get("superior", {}).get("value", ""))
    for field, proposal in document.proposals.items():
        if listed_value := listed.fields.get(field, "").strip():
            yield (
                field,
                listed_value,
                agrees(field, str(proposal["value"]), listed_value, superior=superior),
            )


def write_taken(document: Document, proposals: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Write what was taken into the document's row; returns ``{field: {was, becomes}}``.

    Nothing else is written: not what was only proposed, nor a field that the row does not have.
    """
    changed = {}
    for field, value in taken_values(proposals).items():
        column = COLUMNS[field]
        was = getattr(document, column) or ""
        if was == value:
            continue
        length = getattr(Document.__table__.c[column].type, "length", None)
        setattr(document, column, value[:length] if length else value)
        changed[field] = {"was": was, "becomes": value}
    return changed


def taken_values(proposals: Mapping[str, Any]) -> dict[str, str]:
    """Field to value, of those that somebody or the rule consented to."""
    values = {
        field: str(proposals[field]["value"])
        for field in COLUMNS
        if proposals.get(field, {}).get("state") == TAKEN
    }
    if "urgency" in values:  # printed in words, kept as a code
        known = code_list("urgency")
        values["urgency"] = known.find(values["urgency"]) or values["urgency"]
    return values


def declared_values(proposals: Mapping[str, Any]) -> dict[str, str]:
    """The same by the names of a submission's fields, for one that is not accepted yet."""
    values = taken_values(proposals)
    return {DECLARED[field]: value for field, value in values.items() if field in DECLARED}


def undecided(proposals: Mapping[str, Any]) -> Sequence[str]:
    """Fields on which nobody has decided."""
    return [field for field, proposal in proposals.items() if proposal.get("state") == PROPOSED]


def _proposal(row: ScanDocument, field: str) -> dict[str, Any]:
    found = row.proposals.get(field)
    if found is None:
        raise ProposalNotFoundError(field=field, document=row.ordinal)
    return dict(found)


def _take_place(desk: Desk, row: ScanDocument, ordinal: str) -> None:
    assign(desk, document=str(row.id), code=row.case_code, ordinal=int(ordinal))
    row.proposals = {name: proposal for name, proposal in row.proposals.items() if name != PLACE}


def _decide(row: ScanDocument, field: str, proposal: Any, state: str, by: str) -> None:
    word = {"state": state, "by": by, "at": clock.iso(clock.now())}
    row.proposals = {**row.proposals, field: dict(proposal) | word}
    row.findings = [  # that the list says something else is decided by this
        known | {"decided": word} if known["code"] == DIFFERS.get(field) else known
        for known in row.findings
    ]


def _checked(field: str, value: str) -> str:
    words = " ".join(nfc(value).split())
    if field == "date":
        return _day(words)
    if field == PLACE and not _ORDINAL.fullmatch(words):
        raise ProposalValueError(field=field, value=words)
    if field == "type":
        try:
            return code_list("typeName").parse(words)
        except UnknownCodeError as error:
            raise ProposalValueError(field=field, value=words) from error
    return words


def _day(text: str) -> str:
    """ISO 8601, also of a day as it is written in Vietnamese: 3/3/2025."""
    day, _, rest = text.partition("/")
    month, _, year = rest.partition("/")
    try:
        if year:
            return dt.date(int(year), int(month), int(day)).isoformat()
        return dt.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ProposalValueError(field="date", value=text) from error
