"""Drafts for pages: opened, changed, filled with uploads and handed in, each act in one unit."""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.acts import display_names
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import CASE_FILE
from archive_service.domain.intake.submission import DeclaredCaseFile, Submission, SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.jobs.port import Lease
from archive_service.services import Services
from ingest.completeness.completeness import Filing, Item, SeenSignature, evaluate
from ingest.completeness.own_fields import own_set
from ingest.completeness.rules import Sets, load_sets
from ingest.drafts import drafts, others
from ingest.drafts import files as drafts_files
from ingest.drafts import order as drafts_order
from ingest.drafts.hand_in import draft_findings, hand_in, to_weigh
from ingest.drafts.judged import CHECK_JOB, all_read, judged_findings
from ingest.drafts.old_drafts import tell_of_old_drafts
from ingest.drafts.order import order_seen
from ingest.drafts.own_fields import own_fields_of_draft
from ingest.drafts.plan import drafts_of_code, fill_from_plan, given_by
from ingest.drafts.proposals import proposals, take
from ingest.drafts.reading import read_marks
from ingest.drafts.shown import Shown, require_shown
from ingest.drafts.shown_draft import ShownDraft, lacking_of
from ingest.drafts.taking import take_finished
from ingest.file_plan.due import get_entry
from ingest.receiving.staged import discard_unneeded
from ingest.register.known_documents import planned_of
from ingest.uploads.acts import upload_folder
from retention.terms.rules import OTHER_PERIOD

OLD_JOB = "tell-old-drafts"
READ_AT_HAND_IN_S = 15.0  # who hands in waits for an answer


def tell_old(lease: Lease, services: Services) -> None:
    """The daily look: who is to be told of a draft that stands still."""
    days = services.settings.web.old_draft_days
    with services.writing() as session:
        services.jobs.finish(session, lease)
        tell_of_old_drafts(session, now=clock.now(), after_days=days)


class DraftUnreadError(ConflictError):
    """Page 1 of some files is not read yet: one of them may bear a mark of secrecy."""


class RuleSetUnknownError(InputError):
    """No set of rules for completeness bears this code."""

    code = "completeness-set-unknown"


def open_for_entry(services: Services, entry_id: UUID, *, actor: Actor) -> UUID:
    """The draft for an entry of a file plan, with what the plan says.

    Raises:
        PlanEntryUnknownError
    """
    with services.unit_of_work() as uow:
        take_write_lock(uow.session)  # two presses at once begin one
        plan, entry, code = get_entry(uow.session, entry_id, actor=actor)
        there = drafts_of_code(uow.session, [code], actor=actor)
        if there:  # begun by its code, or by a packet
            return there[0][1]
        given = given_by(plan, entry, code, other=OTHER_PERIOD)
        submission = drafts.open_draft(
            uow.session, actor=actor, given=given, entry_id=entry_id, agency_id=plan.agency_id
        )
        services.jobs.add(uow.session, CHECK_JOB, subject_id=submission.id)
        uow.commit()
        return submission.id


def open_empty(services: Services, *, actor: Actor, once: bool = False) -> UUID:
    """A draft without data; ``once``: a second press of the button gives that of the first."""
    with services.unit_of_work() as uow:
        take_write_lock(uow.session)
        if once and (begun := drafts.just_begun(uow.session, actor)) is not None:
            return begun
        submission = drafts.open_draft(uow.session, actor=actor)
        services.jobs.add(uow.session, CHECK_JOB, subject_id=submission.id)
        uow.commit()
        return submission.id


def mend(services: Services, submission_id: UUID, *, actor: Actor) -> UUID:
    """The draft that corrects a returned submission; see ``ingest.drafts.drafts.reopen``."""
    with services.unit_of_work() as uow:
        take_write_lock(uow.session)  # likewise
        returned = holdings_rows.get_submission(uow.session, submission_id, actor=actor)
        submission = drafts.reopen(uow.session, returned, actor=actor, has=services.staging.has)
        services.jobs.add(uow.session, drafts_files.READ_JOB, subject_id=submission.id)
        uow.commit()
        return submission.id


def show(services: Services, draft_id: UUID, *, actor: Actor) -> ShownDraft:
    """The draft with all that is said of it now."""
    with services.read_only() as session:
        submission = drafts.get_draft(session, draft_id, actor=actor)
        draft = session.get(Draft, draft_id)
        findings = draft_findings(session, submission, limits=services.settings.limits)
        returned = returned_before(session, submission, actor)
        by = draft.changed_by if draft is not None else submission.submitted_by
        decided_by = (returned.decided_by if returned is not None else None) or ""
        names = display_names(session, {by, decided_by})
        planned = planned_kind(session, submission)
        alike = drafts_of_code(session, [submission.code], actor=actor)
        own = own_fields_of_draft(session, submission)
        session.expunge_all()
    if draft is None:  # a packet that is opened for the first time
        with services.writing() as session:
            submission = drafts.get_draft(session, draft_id, actor=actor, lock=True)
            drafts.draft_of(session, submission, actor)
            services.jobs.add(session, drafts_files.READ_JOB, subject_id=draft_id)
        return show(services, draft_id, actor=actor)
    if not draft.judged and all_read(submission, draft):  # it was begun in an earlier release
        with services.writing() as session:
            services.jobs.add(session, CHECK_JOB, subject_id=draft_id)
    sets = load_sets(services.settings.home)
    unfinished = upload_folder(services).meant_for(str(draft_id), owner=actor.account)
    declared = submission.read_case_file()
    seen_now = [*findings, *to_weigh(submission, draft)]
    return ShownDraft(
        row=submission,
        draft=draft,
        declared=declared,
        findings=findings,
        judged=judged_findings(declared, draft, seen_now),
        items=items_of(submission, draft, sets, planned, own),
        sets=sets,
        order=order_seen(declared),
        unfinished=unfinished,
        changed_by=names.get(by, by),
        same_code=tuple(identifier for _, identifier in alike if identifier != draft_id),
        planned=sets.coded(planned),
        returned=returned,
        returned_by=names.get(decided_by, decided_by),
        proposals=tuple(proposals(declared, draft, submission.digests)),
        own=tuple(own),
    )


def returned_before(session: Session, submission: Submission, actor: Actor) -> Submission | None:
    """The submission that a draft mends, where it was returned and may be known."""
    if submission.follows_id is None:
        return None
    try:
        before = holdings_rows.get_submission(session, submission.follows_id, actor=actor)
    except NotFoundError:
        return None
    return before if before.state is SubmissionState.RETURNED else None


def planned_kind(session: Session, submission: Submission) -> str:
    """The kind of case file that the approved file plan names for it, or nothing."""
    planned = planned_of(session, submission.agency_id, submission.read_case_file())
    return planned.rule_set if planned is not None else ""


def items_of(
    submission: Submission, draft: Draft, sets: Sets, planned: str, own: Sequence[OwnField]
) -> list[Item]:
    """The list of what is there and what is missing, by the rules that this draft stands under.

    Those that a person chose, else those of the kind that the file plan names; then the fields of
    its own that the agency requires.
    """
    declared = submission.read_case_file()
    chosen = sets.chosen(draft.rule_set or planned, declared.fields.get("procedureCode", ""))
    seen = {
        file.path: [
            SeenSignature(
                str(signature.get("kind", "")),
                sound=bool(signature.get("intact") and signature.get("valid")),
            )
            for signature in draft.reads[file.sha256].get("signatures", ())
        ]
        for file in submission.files
        if draft.reads.get(file.sha256, {}).get("done")
    }
    required = own_set(own)
    return evaluate([*chosen, *([required] if required else [])], Filing(declared, seen))


def put_field(
    services: Services,
    draft_id: UUID,
    row: int,
    name: str,
    value: str,
    *,
    was: str,
    actor: Actor,
) -> list[str]:
    """See ``ingest.drafts.drafts.put_field``; the fields that a code filled from the file plan."""
    with services.writing() as session:
        drafts.put_field(session, draft_id, row, name, value, was=was, actor=actor)
        filled = []
        if (row, name) == (CASE_FILE, "fileCode"):
            filled = fill_from_plan(session, draft_id, actor=actor, other=OTHER_PERIOD)
        services.jobs.add(session, CHECK_JOB, subject_id=draft_id)
    return filled


def take_proposals(
    services: Services, draft_id: UUID, shown: Sequence[Shown], *, actor: Actor
) -> list[tuple[int, str]]:
    """See ``ingest.drafts.proposals.take``."""
    with services.writing() as session:
        taken = take(session, draft_id, shown, actor=actor)
        services.jobs.add(session, CHECK_JOB, subject_id=draft_id)
    return taken


def fill_others(
    services: Services, draft_id: UUID, row: int, name: str, *, actor: Actor
) -> list[int]:
    """See ``ingest.drafts.others.fill_others``."""
    with services.writing() as session:
        filled = others.fill_others(session, draft_id, row, name, actor=actor)
        services.jobs.add(session, CHECK_JOB, subject_id=draft_id)
    return filled


def empty_again(
    services: Services, draft_id: UUID, row: int, name: str, rows: Collection[int], *, actor: Actor
) -> None:
    """See ``ingest.drafts.others.empty_again``."""
    with services.writing() as session:
        others.empty_again(session, draft_id, row, name, rows, actor=actor)
        services.jobs.add(session, CHECK_JOB, subject_id=draft_id)


def arrange(
    services: Services,
    draft_id: UUID,
    change: Callable[[DeclaredCaseFile, Draft], None],
    *,
    seen: str,
    actor: Actor,
    by_time: bool = False,
) -> None:
    """Change order or standing as a person asks; from then on the order is theirs.

    Args:
        seen: the order that the page showed.
        by_time: from now on documents stand by time again.

    Raises:
        DraftOrderStaleError: another window or person was first; nothing is changed.
        DraftRowError, DraftMoveError
    """
    with services.writing() as session:
        submission = drafts.get_draft(session, draft_id, actor=actor, lock=True)
        draft = drafts.draft_of(session, submission, actor)
        declared = submission.case_file()
        drafts_order.require_order(declared, seen)
        change(declared, draft)
        draft.by_time = by_time
        drafts.write(submission, draft, declared, actor)
        services.jobs.add(session, CHECK_JOB, subject_id=draft_id)


def choose_rules(services: Services, draft_id: UUID, code: str, *, actor: Actor) -> None:
    """Say which kind of case file it is; an empty code leaves it to the procedure's code.

    Raises:
        RuleSetUnknownError
    """
    if code and code not in load_sets(services.settings.home).by_code:
        raise RuleSetUnknownError(code=code[:60])
    with services.writing() as session:
        submission = drafts.get_draft(session, draft_id, actor=actor, lock=True)
        draft = drafts.draft_of(session, submission, actor)
        draft.rule_set = code
        drafts.write(submission, draft, submission.case_file(), actor)
        services.jobs.add(session, CHECK_JOB, subject_id=draft_id)


def remove(
    services: Services, draft_id: UUID, *, actor: Actor, row: int | None = None, path: str = ""
) -> None:
    """Take a document with its files, or one file, out of the draft."""
    with services.writing() as session:
        if row is not None:
            gone = drafts_files.remove_document(session, draft_id, row, actor=actor)
        else:
            gone = drafts_files.remove_file(session, draft_id, path, actor=actor)
        services.jobs.add(session, CHECK_JOB, subject_id=draft_id)
    discard_unneeded(gone, database=services.database, staging=services.staging)


def add_paper(services: Services, draft_id: UUID, *, actor: Actor) -> int:
    """A document that exists on paper alone; its number."""
    with services.writing() as session:
        row = drafts_files.add_paper(session, draft_id, actor=actor)
        services.jobs.add(session, CHECK_JOB, subject_id=draft_id)
    return row


def discard(services: Services, draft_id: UUID, *, actor: Actor) -> None:
    """Forget the draft, its files, and uploads that were meant for it."""
    with services.writing() as session:
        gone = drafts.discard_draft(session, draft_id, actor=actor)
    folder = upload_folder(services)
    folder.discard([upload.id for upload in folder.meant_for(str(draft_id), owner=actor.account)])
    discard_unneeded(gone, database=services.database, staging=services.staging)


def send(
    services: Services,
    draft_id: UUID,
    *,
    actor: Actor,
    shown: Sequence[Shown] = (),
    seen: str | None = None,
    read_within_s: float = READ_AT_HAND_IN_S,
) -> UUID:
    """Hand it in; see ``ingest.drafts.hand_in.hand_in``.

    Files that have arrived whole go along: a page that showed none of them is told. Page 1 of
    files that the background has not read yet is looked at now.

    Args:
        shown: fields as the page showed them.
        seen: the order that it showed; ``None`` where no page did.
        read_within_s: how long page 1 of unread files may be looked at.

    Raises:
        DraftChangedError, DraftOrderStaleError: it is not what was shown.
        InputError: a file that has arrived may not come in, and is forgotten.
        DraftUnreadError: there are too many of them for one answer; what was read is kept.
    """
    with services.writing() as session:
        submission = drafts.get_draft(session, draft_id, actor=actor, lock=True)
        drafts.draft_of(session, submission, actor)
    if refused := take_finished(services, draft_id, actor=actor):
        raise refused[0]
    if left := read_marks(services, draft_id, within_s=read_within_s):
        raise DraftUnreadError(id=draft_id, count=left)
    sets = load_sets(services.settings.home)
    with services.unit_of_work() as uow:
        submission = drafts.get_draft(uow.session, draft_id, actor=actor, lock=True)
        draft = drafts.draft_of(uow.session, submission, actor)
        require_shown(uow.session, submission, draft, shown)
        if seen is not None:
            drafts_order.require_order(submission.case_file(), seen)
        own = own_fields_of_draft(uow.session, submission)
        items = items_of(submission, draft, sets, planned_kind(uow.session, submission), own)
        lacking = [item.rule.title for item in lacking_of(items)]
        sent = hand_in(
            uow.session,
            draft_id,
            actor=actor,
            jobs=services.jobs,
            lacking=lacking,
            limits=services.settings.limits,
        )
        uow.commit()
        return sent.id
