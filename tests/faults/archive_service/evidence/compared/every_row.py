"""A row of every table that is compared, with the act or the event that tells of it."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.base import Base
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import (
    Document,
    DocumentRelation,
    PictureDescription,
    RecordingDescription,
)
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import AccessToken, Account, RecoveryCode
from archive_service.domain.people.delegation import Delegation
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.people.oidc import OidcBinding
from archive_service.domain.people.passkey import Passkey
from archive_service.domain.people.reader_group import GroupMember
from archive_service.domain.people.reading_grant import ReadingGrant
from archive_service.domain.people.review import Review, ReviewKind, ReviewLine
from archive_service.keeping.fixity.decided_rows import DECISIONS
from archive_service.keeping.fixity.told_kinds import BY_SUBJECT, LISTS, RENAMED, TOLD, ToldList
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.oversight.reviewing.rules import CONFIRMED, OPENED
from archive_service.packaging.catalogue import as_json
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR

_OF_DOCUMENTS = (DocumentRelation, PictureDescription, RecordingDescription)
_OF_ACCOUNTS = (AccessToken, RecoveryCode, OidcBinding, Passkey)


def fill(session: Session, *, actor: Any) -> None:
    """Whatever no act of the home has made yet; accounts are to be noted afterwards."""
    document = session.scalars(select(Document).limit(1)).one()
    for kind in _OF_DOCUMENTS:
        any_row(session, kind, document_id=document.id)
    any_row(session, DocumentLink, case_file_id=document.case_file_id)
    account = session.scalars(select(Account).where(Account.name == actor.account)).one()
    for owned in _OF_ACCOUNTS:
        any_row(session, owned, account_id=account.id)
    _give(session, account)
    for act_kind in TOLD:
        _tell(session, act_kind)
    _decide(session, actor)
    _watch(session, actor)
    session.flush()


def case_files(session: Session) -> list[CaseFile]:
    """Those that are stored."""
    query = select(CaseFile).where(CaseFile.version_stored > 0).order_by(CaseFile.id)
    return list(session.scalars(query))


def _give(session: Session, account: Account) -> None:
    today = clock.today()
    term = {"first_day": today, "last_day": today + dt.timedelta(days=3)}
    row = any_row(session, Delegation, receiver_id=account.id, giver_id=account.id, **term)
    told = {"giver": account.name, "receiver": account.name, "duties": row.duties}
    told |= {name: day.isoformat() for name, day in term.items()}
    record_event(session, "delegation:given", subject_id=row.id, actor=OPERATOR, data=told)
    for kind, tag in ((ReadingGrant, "grant:given"), (GroupMember, "group:joined")):
        own = {name: day for name, day in term.items() if name in kind.__table__.columns}
        row = any_row(session, kind, account_id=account.id, **own)
        facts = row.facts() | {"account": account.name, "waits": False}
        record_event(session, tag, subject_id=row.id, actor=OPERATOR, data=facts)


def _decide(session: Session, actor: Any) -> None:
    for decision in DECISIONS:
        tag, states = next(iter(decision.brings.items()))
        given: dict[str, Any] = {decision.by: actor.account}
        if decision.when:
            given[decision.when] = clock.now()
        if "state" in decision.rows.__table__.columns:
            given["state"] = next(iter(states))
        row = any_row(session, decision.rows, **given)
        record_event(session, tag, subject_id=row.id, actor=actor)


def _watch(session: Session, actor: Any) -> None:
    """An incident that is open, one that is over, and a review with what was said of one line."""
    for subject in ("open", "over"):
        open_incident(session, "copy-silent", subject, severity=IncidentSeverity.WARNING)
    close_incident(session, "copy-silent", "over")
    row = any_row(session, Review, id=uuid4(), kind=ReviewKind.TRAIL)
    days = {name: getattr(row, name).isoformat() for name in ("first", "last", "due_on")}
    said = {"kind": row.kind.value, "citation": row.citation, **days}
    record_event(session, OPENED, of=row, actor=OPERATOR, data=said)
    line = any_row(session, ReviewLine, review_id=row.id, by=actor.account, remark="")
    told = {"in_order": ["line"], "objected": {}, "states": {"line": line.state_sha256}}
    record_event(session, CONFIRMED, of=row, actor=actor, data=told)


def _tell(session: Session, act_kind: str) -> None:
    """An act that tells all columns of a new row of each part, where there is no such act yet."""
    told = select(func.count()).select_from(Act).where(Act.kind == act_kind)
    if session.scalar(told) and act_kind not in LISTS:
        return
    document: dict[str, Any] = {}
    made: dict[Any, Any] = {}  # ids by table: the later parts hang on the first
    subject: Any = None
    listed_too = {listed.part for listed in LISTS.get(act_kind, ())}
    for part, kind in TOLD[act_kind]:
        if part in listed_too:
            continue
        above = {
            column.key: made[key.column.table]
            for column in kind.__table__.columns
            for key in column.foreign_keys
            if key.column.table in made
        }
        row = any_row(session, kind, **above)
        (identity,) = inspect(row).identity
        subject = subject or identity
        made[kind.__table__] = identity
        columns = _columns(kind, row)
        document |= {part: [columns] if part.endswith("s") else columns} if part else columns
    for listed in LISTS.get(act_kind, ()):
        document[listed.part] = [_listed(session, listed, subject)]
    session.add(Act(kind=act_kind, subject_id=str(subject), at=clock.now(), document=document))


def _columns(kind: type[Base], row: Any) -> dict[str, Any]:
    own = {new: old for old, new in RENAMED.get(kind, {}).items()}
    names = kind.__table__.columns.keys()
    left_out = {"revision", *(("id",) if kind in BY_SUBJECT else ())}
    return {
        own.get(name, name): as_json(getattr(row, name)) for name in names if name not in left_out
    }


def _listed(session: Session, listed: ToldList, subject: UUID) -> Any:
    kind = listed.owner.class_
    row = any_row(session, kind, **{listed.owner.key: subject})
    words = {column: name for name, column in listed.columns.items()}
    names = sorted({column.key for column in kind.__table__.columns} - {"id", listed.owner.key})
    told = {words.get(name, name): as_json(getattr(row, name)) for name in names}
    return told[listed.word] if listed.word else told
