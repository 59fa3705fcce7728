"""From the sender's hands to a decision: received, checked, accepted or returned."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.describing.term_effects import kept_by, plan_entries
from archive_service.catalogue.recalls.accepted import confirm_accepted
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import CHECK_JOB, Submission, SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError
from archive_service.evidence.acting import acting
from archive_service.formats.malware import ScannerUnavailableError
from archive_service.jobs.due import queue_due
from archive_service.jobs.port import Lease
from archive_service.keeping.malware.rescan import tell_heard, tell_silent
from archive_service.services import Services
from ingest.acceptance import leaving_out
from ingest.acceptance.acts import accept_submission
from ingest.acceptance.decide import rescan_submission, return_submission, withdraw_submission
from ingest.acceptance.marks import lift_mark
from ingest.answers.rules import all_refusing_codes
from ingest.channels.opening import open_parcel
from ingest.channels.parcel import Parcel
from ingest.edxml.packets import holds_packets, packets_in, packets_of, submit_packets
from ingest.receiving.makers import require_theirs
from ingest.receiving.recheck import go_on_after, recheck_submission
from ingest.receiving.rows import OwnRules
from ingest.receiving.take_in import Tools, receive_together
from ingest.submissions import draft_check
from ingest.submissions.automatic_answers import refuse_by_rule
from ingest.submissions.check import check_submission
from ingest.submissions.documents import SubmissionDocument
from ingest.submissions.given import Acceptance, LeavingOut, LiftedMark, Return
from ingest.submissions.held_since_check import HeldSinceError, require_told, tell_held_since
from ingest.submissions.judging import Judge
from ingest.submissions.marks import show_lifted
from ingest.submissions.pictured_marks import pictured_marks
from ingest.submissions.queries import submission_document
from ingest.submissions.rule_trouble import require_readable
from ingest.transitions import TRANSITIONS
from retention.terms.changes import set_term
from retention.terms.known_schedules import known_schedules
from retention.terms.longest_term import take_longest_term
from retention.terms.rules import Declared, RetentionRule, choose_rule


def submit(
    source: Path | Parcel,
    *,
    actor: Actor,
    services: Services,
    record_status: str = "",
    code: str = "",
) -> list[UUID]:
    """Receive a folder, a ZIP, a filled form or edXML packets; one submission for each case file.

    Args:
        record_status: SUPPLEMENT or REPLACEMENT of case files in custody.
        code: of the case file to which the documents of edXML packets belong.
    """
    if isinstance(source, Path):
        if packets := packets_in(source):
            return submit_packets(services, packets, actor=actor, code=code)
        source = open_parcel(source, services.settings.limits)
    if holds_packets(source):
        with packets_of(source, services) as packets:
            return submit_packets(services, packets, actor=actor, code=code)
    (ids,) = _received(services, [source], actor, record_status)
    return ids


def submit_together(
    services: Services, sources: Sequence[Path], *, actor: Actor
) -> list[list[UUID] | InputError]:
    """``submit`` of several ZIPs at once: each its submissions, or what it is refused for.

    They wait for the medium once, and their rows are one transaction. Where one of them is
    refused, or holds edXML packets, each goes alone.
    """
    with suppress(InputError), ExitStack() as held:
        parcels = [
            held.enter_context(open_parcel(source, services.settings.limits)) for source in sources
        ]
        if not any(map(packets_in, sources)) and not any(map(holds_packets, parcels)):
            return list(_received(services, parcels, actor))
    return [_alone(services, source, actor) for source in sources]


def _alone(services: Services, source: Path, actor: Actor) -> list[UUID] | InputError:
    try:
        return submit(source, actor=actor, services=services)
    except InputError as refused:
        return refused


def _received(
    services: Services,
    sources: Sequence[Path | Parcel],
    actor: Actor,
    record_status: str = "",
) -> list[list[UUID]]:
    return receive_together(
        sources,
        actor=actor,
        tools=Tools(services.database, services.staging, services.jobs, services.settings.limits),
        record_status=record_status,
        own=OwnRules(services.trust, services.settings.home, historical=is_historical(services)),
    )


def is_historical(services: Services) -> bool:
    """Whether this archive is a lưu trữ lịch sử, which takes over what others kept."""
    return services.settings.archive.role == "historical"


def check(lease: Lease, services: Services) -> None:
    """Check the submission of a leased job; closing names the fencing token.

    Raises ``HomeRulesError`` where rules of the home cannot be read: it waits as it is.
    """
    if lease.subject_id is None:
        raise ValueError(f"{CHECK_JOB} needs a submission")
    home = services.settings.home
    require_readable(services)  # before anything is looked at by half of the rules
    refusing = all_refusing_codes(home=home)
    try:
        found = check_submission(
            lease.subject_id,
            database=services.database,
            examiner=services.examiner,
            find_rule=lambda code: _find_rule(services, code),
            closing=lambda session: _finish(session, lease, services),
            home=home,
            historical=is_historical(services),
            look=partial(pictured_marks, services),
        )
    except ScannerUnavailableError as silent:
        tell_silent(services, silent)
        raise
    tell_heard(services)
    if not refusing.isdisjoint(found):
        refuse_by_rule(services, lease.subject_id)


def check_draft(lease: Lease, services: Services) -> None:
    """Tell who fills in a draft what the desk would find in it."""
    examiner, home = services.examiner, services.settings.home
    judge = Judge(
        examiner.trust,
        examiner.limits,
        lambda code: _find_rule(services, code),
        home,
        historical=is_historical(services),
    )
    draft_check.check_draft(lease, services, judge)


def _finish(session: Session, lease: Lease, services: Services) -> None:
    """Close the job; another one where the submission was changed while it was looked at."""
    services.jobs.finish(session, lease)
    state = session.scalar(select(Submission.state).where(Submission.id == lease.subject_id))
    if state is SubmissionState.RECEIVED:
        services.jobs.add(session, CHECK_JOB, subject_id=lease.subject_id)


_NO_REASON = Acceptance()


def accept(
    services: Services,
    submission_id: UUID,
    given: Acceptance = _NO_REASON,
    *,
    actor: Actor,
    lang: str = "vi",
) -> SubmissionDocument:
    """Take a submission into custody; a second time changes nothing.

    Raises:
        HeldSinceError: custody holds since its check what it brings; the findings now say so.
        ArchiveError: as ``acceptance.acts.accept_submission``.
    """
    try:
        return _accept(services, submission_id, given.reason, actor=actor, lang=lang)
    except HeldSinceError:
        with services.writing() as session:
            tell_held_since(session, submission_id, actor=actor)
        raise


def _accept(
    services: Services, submission_id: UUID, reason: str, *, actor: Actor, lang: str
) -> SubmissionDocument:
    with acting(services, TRANSITIONS["accept"].right, actor) as session:
        row = session.get(Submission, submission_id, with_for_update=True)
        decides = row is not None and TRANSITIONS.is_open(row, "accept")
        case_file = accept_submission(
            submission_id,
            actor=actor,
            session=session,
            archive_code=services.settings.archive.code,
            reason=reason,
            home=services.settings.home,
            historical=is_historical(services),
        )
        if not case_file.rule:
            classify(session, case_file)
        elif case_file.receipt_due_in is not None:
            take_longest_term(session, case_file, actor=actor)
        session.flush()
        confirm_accepted(session, services, case_file, actor=actor)
        submission = session.get_one(Submission, submission_id)
        go_on_after(session, submission, services.jobs)
        queue_due(session, case_file, services)
        session.flush()
        if decides:
            require_told(session, submission)
        return submission_document(session, submission, lang)


def give_back(
    services: Services, submission_id: UUID, given: Return, *, actor: Actor, lang: str = "vi"
) -> SubmissionDocument:
    """Return a submission to its sender, with the reason; nothing of it is kept."""
    with acting(services, TRANSITIONS["return"].right, actor) as session:
        row = return_submission(submission_id, given.reason, actor=actor, session=session)
        go_on_after(session, row, services.jobs)
        return submission_document(session, row, lang)


def leave_out(
    services: Services,
    submission_id: UUID,
    ordinal: int,
    given: LeavingOut,
    *,
    actor: Actor,
    lang: str = "vi",
) -> SubmissionDocument:
    """Leave one document out of what is accepted; what is left is checked anew."""
    with acting(services, TRANSITIONS["leave-out"].right, actor) as session:
        row = leaving_out.leave_out(
            submission_id, ordinal, given.reason, actor=actor, session=session
        )
        return _checked_anew(services, session, row, lang)


def take_up(
    services: Services, submission_id: UUID, number: int, *, actor: Actor, lang: str = "vi"
) -> SubmissionDocument:
    """Take a document that was left out up again, by its number in left_out."""
    with acting(services, TRANSITIONS["take-up"].right, actor) as session:
        row = leaving_out.take_up(submission_id, number, actor=actor, session=session)
        return _checked_anew(services, session, row, lang)


def rescan(
    services: Services, submission_id: UUID, *, actor: Actor, lang: str = "vi"
) -> SubmissionDocument:
    """Check a quarantined submission again, by the malware signatures of now."""
    with acting(services, TRANSITIONS["rescan"].right, actor) as session:
        row = rescan_submission(submission_id, actor=actor, session=session)
        return _checked_anew(services, session, row, lang)


def lift(
    services: Services, submission_id: UUID, given: LiftedMark, *, actor: Actor, lang: str = "vi"
) -> SubmissionDocument:
    """Say that documents bear no mark of secrecy; another person accepts the submission.

    The submission stays in quarantine while another mark stands.
    """
    with acting(services, TRANSITIONS["lift-mark"].right, actor) as session:
        row = lift_mark(
            submission_id, given.reason, actor=actor, session=session, places=given.documents
        )
        show_lifted(row)
        return _checked_anew(services, session, row, lang)


def recheck(
    services: Services, submission_id: UUID, *, actor: Actor, lang: str = "vi"
) -> SubmissionDocument:
    """Check a checked submission again, by what is known now: codes, plan, custody, trust."""
    with acting(services, TRANSITIONS["recheck"].right, actor) as session:
        recheck_submission(submission_id, actor=actor, session=session, jobs=services.jobs)
        return submission_document(session, session.get_one(Submission, submission_id), lang)


def withdraw(
    services: Services, submission_id: UUID, *, actor: Actor, lang: str = "vi"
) -> SubmissionDocument:
    """Take a submission back, as long as nobody has decided it.

    Raises:
        NotTheirWorkError: another officer's.
    """
    with acting(services, TRANSITIONS["withdraw"].right, actor) as session:
        row = session.get(Submission, submission_id)
        if row is not None and access.may(actor, TRANSITIONS["withdraw"].right, row):
            require_theirs(session, row, actor)
        row = withdraw_submission(submission_id, actor=actor, session=session)
        go_on_after(session, row, services.jobs)
        return submission_document(session, row, lang)


def _checked_anew(
    services: Services, session: Session, row: Submission, lang: str
) -> SubmissionDocument:
    """It, with the check queued that an act wants, if nothing stops it."""
    if row.state is SubmissionState.RECEIVED:
        services.jobs.add(session, CHECK_JOB, subject_id=row.id)
    return submission_document(session, row, lang)


def _find_rule(services: Services, code: str) -> RetentionRule | None:
    with services.read_only() as session:
        return known_schedules(session).find(code, clock.today())


def classify(session: Session, case_file: CaseFile) -> None:
    """Give the case file its rule of retention, kept as it is today, and its last day.

    The rule is that of the approved file plan's entry, else the one the sender names, else the
    term declared; raised to the longest term of its documents.
    """
    declared = Declared(
        maintenance=case_file.maintenance,
        term_years=case_file.term_years,
        rule_code=case_file.rule_code,
    )
    entry = plan_entries(session, [case_file]).get(case_file.id)
    own = choose_rule(entry, declared, on=clock.today(), known=known_schedules(session))
    documents = (document.maintenance for document in case_file.documents)
    whole = kept_by(own, documents, case_file.end_date, {}).rule
    set_term(session, case_file, whole, cause="classified", by=case_file.accepted_by)
