"""Describing what is held: judged by the door's own checks, kept as one more package version."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.audit import record_event
from archive_service.catalogue.describing.documents import ChangedField, DescriptionDone, ModeHolds
from archive_service.catalogue.describing.fields import (
    SCHEDULE,
    WITHHELD,
    DocumentNotInCaseFileError,
    editable,
    kind_of,
    set_value,
    subjects,
    values_of,
)
from archive_service.catalogue.describing.last_edit import keep_for_undo
from archive_service.catalogue.describing.mode_changes import (
    ModeChangeNotFoundError,
    change_mode,
    changes_told,
    decide_mode_change,
    reason_of,
    waiting_changes,
)
from archive_service.catalogue.describing.rules import DESCRIBE, require_parts, require_some
from archive_service.catalogue.describing.term_effects import (
    OF_RULE,
    Edits,
    keeping_after,
    plan_entries,
    rule_after,
    term_findings,
)
from archive_service.catalogue.holdings.rows import CaseFileNotFoundError, get_case_file
from archive_service.catalogue.own_fields.fields import fields_of
from archive_service.domain.agencies.own_field import OWN, OwnField, OwnSubject
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.mode_change import ModeChange
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import note_edited
from archive_service.law import FieldRule
from archive_service.services import Services
from archive_service.settings import LimitSettings
from archive_service.storage.held import require_free
from ingest.channels.values import as_kept
from ingest.checks.each import codes, dates, fields, own_fields, secrecy
from ingest.checks.port import CheckContext
from ingest.register.register import Register
from retention.terms.changes import events_of, set_term
from retention.terms.rules import PlanEntry

DESCRIBED = "case-file:described"
_CHECKS = (fields.check, dates.check, codes.check, secrecy.check, own_fields.check)
_LONGEST_TOLD = 300  # letters of a value in the trail
_CASE_ROW = 1  # where a finding on the case file itself points to

OwnFields = Sequence[OwnField]  # those of the case file's agency


class DescriptionRefusedError(InputError):
    """Values that the checks of the door find wrong; ``findings`` says which, nothing is kept."""

    @property
    def findings(self) -> list[Finding]:
        """Every error that the edit would bring in."""
        found: list[Finding] = self.facts["findings"]  # type: ignore[assignment]  # given so
        return found

    @property
    def by_field(self) -> dict[tuple[int, str], Finding]:
        """The first of each field that was edited, by ordinal and name."""
        places: dict[str, tuple[int, str]] = self.facts["places"]  # type: ignore[assignment]  # given so
        return {
            places[finding.place]: finding
            for finding in reversed(self.findings)
            if finding.place in places
        }


class FieldNotEditedError(InputError):
    """No such field, or it is not one that is described by hand."""


class DescribedMeanwhileError(ConflictError):
    """Somebody else described it since it was read."""


def describe_case_file(
    services: Services,
    code: str,
    edits: Edits,
    *,
    reason: str,
    actor: Actor,
    edition: int | None = None,
) -> DescriptionDone:
    """All of these fields or none.

    What is the same as before is no change, and without a change there is no new version. A changed
    access mode waits for whoever may confirm it, and the stricter one holds till then.

    Args:
        edition: of the data that the editor saw; ``None``: whatever stands now.

    Raises:
        ActNotAllowedError, FieldNotManagedError
        CaseFileNotFoundError, CaseFileHeldError, CaseFileStateError
        CatalogueReasonError, FieldNotEditedError, DocumentNotInCaseFileError
        DescribedMeanwhileError: another edit came between.
        DescriptionRefusedError: with its findings.
    """
    with services.writing() as session:
        row = open_to_edit(session, code, actor=actor, edits=edits)
        if edition is not None and edition != row.edition:
            raise DescribedMeanwhileError(code=row.code)
        changes = describe_row(
            session, row, edits, reason=reason, actor=actor, limits=services.settings.limits
        )
        modes = {ordinal: target.mode for ordinal, target in subjects(row)}
        # A freer mode alone changes nothing yet.
        if any(
            change.field != "mode" or modes[change.document] == change.becomes for change in changes
        ):
            same_access = all(change.field != "mode" for change in changes)
            note_edited(session, row, services, words_alone=same_access)
            keep_for_undo(row, changes, actor=actor)
        done = DescriptionDone(
            code=row.code,
            edition=row.edition,
            changes=changes,
            waiting=changes_told(waiting_changes(session, row.id), row),
        )
    write_out_evidence(services)
    return done


def decide_on_mode(
    services: Services, change_id: UUID, *, confirm: bool, reason: str, actor: Actor
) -> ModeHolds:
    """Confirm or refuse a change of the access mode; what holds now.

    Raises:
        ActNotAllowedError, ModeChangeNotFoundError, ModeChangeDecidedError, CatalogueReasonError
        CaseFileHeldError: a hold stops editing.
    """
    access.require(actor, "access-mode:confirm")
    reason = reason_of(reason)
    with services.writing() as session:
        code = session.scalar(
            select(CaseFile.code)
            .join(ModeChange, ModeChange.case_file_id == CaseFile.id)
            .where(
                ModeChange.id == change_id,
                access.visible(actor, "access-mode:confirm", CaseFile.agency_id),
            )
        )
        if code is None:
            raise ModeChangeNotFoundError(id=change_id)
        row = open_to_edit(session, code, actor=actor)
        change = session.get_one(ModeChange, change_id, populate_existing=True)
        if decide_mode_change(session, row, change, confirm=confirm, reason=reason, actor=actor):
            note_edited(session, row, services)
        mode = change.becomes if confirm else change.was
    write_out_evidence(services)
    return ModeHolds(code=code, mode=mode)


def open_to_edit(
    session: Session, code: str, *, actor: Actor, edits: Edits | None = None
) -> CaseFile:
    """The whole case file, held until this unit of work ends, if it is the account's to describe.

    ``edits``: what is to be written, where a grant to manage is enough for it.

    Raises:
        ActNotAllowedError, FieldNotManagedError, CaseFileNotFoundError, CaseFileHeldError
    """
    if edits is None:
        access.require(actor, DESCRIBE)
    else:
        require_some(actor)
    visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
    found = session.scalar(select(CaseFile).where(CaseFile.code == code.strip(), visible))
    if found is None:
        raise CaseFileNotFoundError(code=code)
    require_free(session, found, act=DESCRIBE, actor=actor)
    session.expire(found)  # what was read before the row was held may be old
    row = get_case_file(session, code, actor=actor)
    if edits is None:
        access.require(actor, DESCRIBE, row)
    else:
        require_parts(actor, row, edits)
    return row


def describe_row(
    session: Session, row: CaseFile, edits: Edits, *, reason: str, actor: Actor,
    limits: LimitSettings, batch: UUID | None = None,
) -> list[ChangedField]:  # fmt: skip
    """Judge and write the edits of a case file that is held; see ``describe_case_file``.

    ``batch`` is the order for many case files of which this is one; the trail names it.
    """
    own = fields_of(session, row.agency_id)
    entry = plan_entries(session, [row]).get(row.id) if OF_RULE & edits.get(0, {}).keys() else None
    changes = judged_changes(row, edits, own, entry, limits)
    reason = reason_of(reason)  # after the values: what is wrong with them is told first
    if not changes:
        return []
    keeping = keeping_after(
        row, written_by(changes), entry, events_of(session, [row.id]).get(row.id, {})
    )
    targets = dict(subjects(row))
    for one in changes:
        target = targets[one.document]
        if one.field == "mode":
            mode = one.becomes or row.mode
            change_mode(session, row, target, mode, reason=reason, actor=actor)
        else:
            set_value(target, one.field, one.becomes)
    if keeping is not None:
        set_term(session, row, keeping.rule, cause="described", by=actor.account)
    data: dict[str, object] = {"code": row.code, "reason": reason}
    data["changes"] = [_noted(change) for change in changes]
    if batch is not None:
        data["batch"] = str(batch)
    record_event(session, DESCRIBED, of=row, actor=actor, data=data)
    return changes


def _noted(change: ChangedField) -> dict[str, Any]:
    """As the trail tells it: no longer than a line, nothing that is withheld from some."""
    noted = {"document": change.document, "field": change.field}
    if change.field in WITHHELD or change.field.startswith(OWN):
        return noted
    return noted | {
        "was": change.was[:_LONGEST_TOLD],
        "becomes": change.becomes[:_LONGEST_TOLD],
    }


def judged_changes(
    row: CaseFile, edits: Edits, own: OwnFields, entry: PlanEntry | None, limits: LimitSettings
) -> list[ChangedField]:
    """What of the edits differs from what stands, found right; with the rule that follows a term.

    Args:
        entry: what the approved file plan says of it, where the edits touch its term.

    Raises:
        DocumentNotInCaseFileError, FieldNotEditedError, DescriptionRefusedError
        UnknownRetentionRuleError, TermMissingError
    """
    changes = changes_of(row, edits, own)
    if not changes:
        return []
    _refuse_wrong(row, changes, own, entry, limits)
    edited = _of_rule(changes)
    if not edited:
        return changes
    stands = values_of(row)
    rule = rule_after(row, edited, entry)
    was, code = stands.get("ruleCode", ""), rule.code if rule.basis == SCHEDULE else ""
    left = [change for change in changes if (change.document, change.field) != (0, "ruleCode")]
    if code == was:
        return left
    return [*left, ChangedField(document=0, field="ruleCode", was=was, becomes=code)]


def _of_rule(changes: Sequence[ChangedField]) -> dict[str, str]:
    """What of the changes the rule of retention rests on."""
    return {
        change.field: change.becomes
        for change in changes
        if not change.document and change.field in OF_RULE
    }


def _refuse_wrong(
    row: CaseFile,
    changes: Sequence[ChangedField],
    own: OwnFields,
    entry: PlanEntry | None,
    limits: LimitSettings,
) -> None:
    """``DescriptionRefusedError`` with every error that the changes would bring in."""
    before = _findings(_declared(row, ()), own, limits)
    after = _findings(_declared(row, changes), own, limits)
    errors = [
        finding for finding in after if finding.severity is Severity.ERROR and finding not in before
    ]
    if not errors and (edited := _of_rule(changes)):
        errors = term_findings(row, values_of(row), edited, entry, row=_CASE_ROW)
    if errors:
        places = {
            row_place(kind_of(target), ordinal or _CASE_ROW, rule.name): (ordinal, rule.name)
            for ordinal, target in subjects(row)
            for rule in rules_of(target, own)
        }
        raise DescriptionRefusedError(code=row.code, findings=errors, places=places)


def rules_of(row: CaseFile | Document, own: OwnFields) -> list[FieldRule]:
    """The fields that are described by hand; those of the agency's own after the circular's."""
    subject = own_subject(row)
    mine = (field for field in own if field.subject is subject and field.retired_on is None)
    return [*editable(kind_of(row)), *(field.rule() for field in mine)]


def changes_of(row: CaseFile, edits: Edits, own: OwnFields) -> list[ChangedField]:
    """What of the edits differs from what stands, each value brought to the form it is kept in.

    Raises:
        DocumentNotInCaseFileError, FieldNotEditedError
    """
    return list(_changes(row, edits, own))


def written_by(changes: Iterable[ChangedField]) -> dict[int, dict[str, str]]:
    """What they write, by ordinal and field."""
    written: dict[int, dict[str, str]] = {}
    for change in changes:
        written.setdefault(change.document, {})[change.field] = change.becomes
    return written


def own_subject(row: CaseFile | Document) -> OwnSubject:
    """Whose own fields a row has."""
    return OwnSubject.CASE_FILE if isinstance(row, CaseFile) else OwnSubject.DOCUMENT


def _changes(row: CaseFile, edits: Edits, own: OwnFields) -> Iterator[ChangedField]:
    targets = dict(subjects(row))
    for ordinal, given in edits.items():
        target = targets.get(ordinal)
        if target is None:
            raise DocumentNotInCaseFileError(code=row.code, ordinal=ordinal)
        rules = {rule.name: rule for rule in rules_of(target, own)}
        mine = {field.key: field for field in own if field.subject is own_subject(target)}
        stands = values_of(target)
        for name, value in given.items():
            if name not in rules:
                raise FieldNotEditedError(field=name, known=", ".join(rules))
            is_own = name in mine
            kept = mine[name].kept(value) if is_own else as_kept(value, rules[name])
            was = stands.get(name, "")
            if kept != was and (is_own or (kept, was) != ("", "0")):
                yield ChangedField(document=ordinal, field=name, was=was, becomes=kept)


def _findings(declared: DeclaredCaseFile, own: OwnFields, limits: LimitSettings) -> list[Finding]:
    nothing = Register(
        agencies={}, plan=None, held_code=False, open_code=None, held_bytes={},
        own_fields=tuple(own), own_required=True,
    )  # fmt: skip
    context = CheckContext(declared, {}, nothing, limits)
    return [found for check in _CHECKS for found in check(context)]


def _declared(row: CaseFile, changes: Sequence[ChangedField]) -> DeclaredCaseFile:
    """The rows as their sender would declare them, with the changes."""
    changed = written_by(changes)

    def fields_of(ordinal: int, target: CaseFile | Document) -> dict[str, str]:
        stands = values_of(target) | changed.get(ordinal, {})
        return {name: value for name, value in stands.items() if value}

    return DeclaredCaseFile(
        row=_CASE_ROW,
        fields=fields_of(0, row),
        documents=[
            DeclaredDocument(
                row=document.ordinal,
                kind=document.kind,
                fields=fields_of(document.ordinal, document) | {"fileCode": row.code},
            )
            for document in row.documents
        ],
    )
