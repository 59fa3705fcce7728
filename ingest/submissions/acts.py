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
from archive_service.evidence.write_out import write_out_evidence
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
from ingest.submissions.automatic_answers import refuse_by_rule
from ingest.submissions.check import check_submission
from ingest.submissions.held_since_check import HeldSinceError, require_told, tell_held_since
from ingest.submissions.marks import show_lifted
from ingest.submissions.pictured_marks import pictured_marks
from ingest.submissions.rule_trouble import require_readable
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


def _finish(session: Session, lease: Lease, services: Services) -> None:
    """Close the job; another one where the submission was changed while it was looked at."""
    services.jobs.finish(session, lease)
    state = session.scalar(select(Submission.state).where(Submission.id == lease.subject_id))
    if state is SubmissionState.RECEIVED:
        services.jobs.add(session, CHECK_JOB, subject_id=lease.subject_id)


def accept(submission_id: UUID, *, actor: Actor, services: Services, reason: str = "") -> CaseFile:
    """Decide for custody: state, event, rule of retention and first job in one transaction.

    ``reason``: why, where a finding wants a word of it; see ``acceptance.acts.accept_submission``.

    Raises:
        HeldSinceError: custody holds since its check what it brings; the findings now say so.
    """
    try:
        case_file = _accept(submission_id, actor=actor, services=services, reason=reason)
    except HeldSinceError:
        with services.unit_of_work() as uow:
            tell_held_since(uow.session, submission_id, actor=actor)
            uow.commit()
        raise
    write_out_evidence(services)
    return case_file


def _accept(submission_id: UUID, *, actor: Actor, services: Services, reason: str) -> CaseFile:
    with services.unit_of_work() as uow:
        row = uow.session.get(Submission, submission_id, with_for_update=True)
        decides = row is not None and row.state is SubmissionState.CHECKED
        case_file = accept_submission(
            submission_id,
            actor=actor,
            uow=uow,
            archive_code=services.settings.archive.code,
            reason=reason,
            home=services.settings.home,
            historical=is_historical(services),
        )
        if not case_file.rule:
            classify(uow.session, case_file)
        elif case_file.receipt_due_in is not None:
            take_longest_term(uow.session, case_file, actor=actor)
        uow.session.flush()
        confirm_accepted(uow.session, services, case_file, actor=actor)
        submission = uow.session.get_one(Submission, submission_id)
        go_on_after(uow.session, submission, services.jobs)
        queue_due(uow.session, case_file, services)
        uow.session.flush()
        if decides:
            require_told(uow.session, submission)
        uow.commit()
    return case_file


def give_back(submission_id: UUID, reason: str, *, actor: Actor, services: Services) -> None:
    """Return a submission to its sender with the reason; nothing of it is kept."""
    with services.unit_of_work() as uow:
        given = return_submission(submission_id, reason, actor=actor, uow=uow)
        go_on_after(uow.session, given, services.jobs)
        uow.commit()


def leave_out(
    submission_id: UUID, ordinal: int, reason: str, *, actor: Actor, services: Services
) -> None:
    """Leave one document out of what is accepted, with the reason, and have the rest checked."""
    with services.unit_of_work() as uow:
        leaving_out.leave_out(submission_id, ordinal, reason, actor=actor, uow=uow)
        services.jobs.add(uow.session, CHECK_JOB, subject_id=submission_id)
        uow.commit()


def take_up(submission_id: UUID, number: int, *, actor: Actor, services: Services) -> None:
    """Take a document that was left out up again."""
    with services.unit_of_work() as uow:
        leaving_out.take_up(submission_id, number, actor=actor, uow=uow)
        services.jobs.add(uow.session, CHECK_JOB, subject_id=submission_id)
        uow.commit()


def rescan(submission_id: UUID, *, actor: Actor, services: Services) -> None:
    """Have a quarantined submission checked again, by the signatures of now."""
    with services.unit_of_work() as uow:
        rescan_submission(submission_id, actor=actor, uow=uow)
        services.jobs.add(uow.session, CHECK_JOB, subject_id=submission_id)
        uow.commit()


def lift(
    submission_id: UUID,
    reason: str,
    *,
    actor: Actor,
    services: Services,
    places: Sequence[str] = (),
) -> None:
    """Say of documents that they bear no mark of secrecy; it is checked again once none does."""
    with services.unit_of_work() as uow:
        row = lift_mark(submission_id, reason, actor=actor, uow=uow, places=places)
        show_lifted(row)
        if row.state is SubmissionState.RECEIVED:
            services.jobs.add(uow.session, CHECK_JOB, subject_id=submission_id)
        uow.commit()


def recheck(submission_id: UUID, *, actor: Actor, services: Services) -> None:
    """Have a checked submission checked again, by what is known now."""
    with services.unit_of_work() as uow:
        recheck_submission(submission_id, actor=actor, uow=uow, jobs=services.jobs)
        uow.commit()


def withdraw(submission_id: UUID, *, actor: Actor, services: Services) -> None:
    """The officer whose work it is takes it back, as long as nobody has accepted it.

    Raises:
        NotTheirWorkError: another officer's.
    """
    with services.unit_of_work() as uow:
        row = uow.session.get(Submission, submission_id)
        if row is not None and access.may(actor, "submission:withdraw", row):
            require_theirs(uow.session, row, actor)
        taken = withdraw_submission(submission_id, actor=actor, uow=uow)
        go_on_after(uow.session, taken, services.jobs)
        uow.commit()


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
