"""Making an archive: database, copies, index, keys, first administrator; safe to repeat."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select

from archive_service import messages
from archive_service.accounts.acts import add_account
from archive_service.accounts.passwords import make_password
from archive_service.audit import record_event
from archive_service.db.migrate import is_there, upgrade
from archive_service.domain.agencies.agency_identifier import (
    MalformedAgencyIdentifierError,
    parse_agency_identifier,
)
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.errors import BackendError, InputError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.schedule import set_schedule
from archive_service.keeping.copies.acts import enrol_all
from archive_service.services import Services
from archive_service.signing.port import KEY_TROUBLES, SignerKind, Subject
from archive_service.storage.copies.identity import DatabaseMissingError, holding_copy
from retention.transfer.calendar.custody_acts import tell_untold_appointments
from retention.transfer.partners.custody_acts import tell_untold
from search.index_watch import adopt_index

# Periodic jobs and how often, in seconds.
PERIODS = {
    "write-out-evidence": 60,
    "seal-log": 3600,
    "verify-trail": 86_400,
    "witness-log": 86_400,
    "sweep-staging": 3600,
    "sweep-uploads": 3600,
    "answer-packets": 60,
    "watch-index": 600,
    "watch-searches": 3600,
    "watch-copies": 60,
    "read-copies": 600,
    "report-fixity": 86_400,
    "compare-catalogue": 86_400,
    "watch-keys": 3600,
    "watch-production": 3600,
    "backup-due": 1800,
    "drill-due": 14_400,
    "propose-due": 86_400,
    "propose-transfers": 86_400,
    "watch-dispositions": 600,
    "renew-locks": 86_400,
    "renew-holds": 3600,
    "remind-holds": 86_400,
    "watch-formats": 86_400,
    "find-unsigned-copies": 86_400,
    "rescan-holdings": 1800,
    "send-mail": 60,
    "watch-incident-reports": 300,
    "watch-rights": 86_400,
    "watch-account-applications": 3600,
    "watch-reviews": 3600,
    "remind-submissions": 86_400,
    "tell-old-drafts": 86_400,
    "make-handovers": 86_400,
    "watch-answers": 300,
    "make-reports": 86_400,
    "send-callbacks": 60,
    "settle-deliveries": 300,
    "settle-transfers": 300,
    "resume-destruction": 600,
    "resume-handed-over": 600,
    "stop-in-transfers": 3600,
    "exchange-transfers": 900,
    "send-checkpoints": 900,
}
FIRST_ADMIN = "quantri"


class ArchiveCodeError(InputError):
    """The setting ``archive.code`` is no agency identifier: ``text``."""


@dataclass(slots=True)
class Made:
    """What ``init`` made now; empty where everything was there. Passwords are shown once."""

    created: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)


def made_words(created: Iterable[str], lang: str) -> list[str]:
    """What ``Made.created`` names by kind and name, in the reader's language."""
    parted = (made.partition(" ") for made in created)
    return [messages.text(f"cli.init.made-{kind}", lang, name=name) for kind, _, name in parted]


def init_archive(services: Services, *, actor: Actor) -> Made:
    """Bring a home into being, or complete what a killed call left; nothing is overwritten.

    Raises:
        ArchiveCodeError: nothing was made.
        RuleSetError: a rule in ``config/`` without a citation; nothing is started on it.
        DatabaseMissingError: the copies hold an archive; nothing was made.
        CopyUnknownError: what answers is not the copy taken into use; nothing was written to it.
        CopyNotEmptyError: a store holds something that is no copy of ours.
    """
    from retention.terms.rules import load_schedules

    load_schedules()
    require_archive_code(services.settings.archive.code)
    require_no_lost_database(services)
    made = Made()
    services.settings.home.mkdir(parents=True, exist_ok=True)
    if upgrade(services.database.engine):
        made.created.append("database")
    made.created += [f"copy {name}" for name in enrol_all(services, actor=actor)]
    adopt_index(services)  # opens the index, and makes it
    _make_archive_key(services, made)
    with services.unit_of_work() as uow:
        set_schedule(uow.session, PERIODS)
        tell_untold(uow.session)
        tell_untold_appointments(uow.session)
        found = uow.session.scalar(select(Account.name).where(Account.role == Role.ADMIN).limit(1))
        if found is None:
            password = make_password()
            account = add_account(
                FIRST_ADMIN, role=Role.ADMIN, actor=actor, uow=uow, password=password
            )
            made.accounts.append(account)
            made.passwords[account.name] = password
        if made.created or made.accounts:
            record_event(
                uow.session,
                "archive:initialised",
                subject_id=services.settings.archive.code,
                actor=actor,
                data={"created": made.created},
            )
        uow.commit()
    write_out_evidence(services)
    return made


def require_no_lost_database(services: Services) -> None:
    """``DatabaseMissingError`` where the copies hold an archive and no table of ours is there.

    An empty database beside them would be taken for the archive.
    """
    if is_there(services.database.engine):
        return
    if (copy := holding_copy(services.stores)) is not None:
        raise DatabaseMissingError(copy=copy)


def require_archive_code(code: str) -> None:
    """``ArchiveCodeError`` unless the archive may bear this identifier."""
    try:
        parse_agency_identifier(code)
    except MalformedAgencyIdentifierError:
        raise ArchiveCodeError(text=code) from None


def has_key(services: Services) -> bool:
    """Whether the archive has a key to sign with; a token that is away is one."""
    try:
        services.open_key()
    except KEY_TROUBLES:
        return False
    except BackendError:
        return True
    return True


def _make_archive_key(services: Services, made: Made) -> None:
    """In a demo's home the archive's own key, where its PKCS#12 file is not there; else nothing."""
    if not services.settings.is_demo:
        return
    from archive_service.signing.key_stores.pkcs12 import key_file
    from archive_service.signing.key_stores.secret import key_agency

    archive = services.settings.archive
    for url in services.settings.signing.keys:
        if not url.startswith("pkcs12:") or key_agency(url) is not None:
            continue
        target = key_file(url, home=services.settings.home)
        subject = Subject(
            name=archive.name,
            organization=archive.name,
            kind=SignerKind.AGENCY,
            identifier=archive.code,
        )
        if services.authority.issue_key(subject, target):
            made.created.append(f"key {target.name}")
