"""Recall, replacement and correction of documents that are in custody; of none a byte is removed.

The issuer asks, archive staff confirm. A recalled document is closed to every reader; one that is
replaced or corrected says so to whoever reads it.
"""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.recalls.document_successors import successors_named
from archive_service.catalogue.recalls.documents import RecallDocument
from archive_service.catalogue.recalls.given import DecisionIn
from archive_service.catalogue.recalls.listing import declared_code
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document, DocumentRelation
from archive_service.domain.case_files.recall import (
    LONGEST_RECALL_REASON,
    RECALL_ACT,
    RELATIONS,
    Recall,
    RecallKind,
    RecallNotFoundError,
    RecallState,
    RecallStateError,
    RecallSuccessorError,
    RecallWordsError,
)
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor, Role
from archive_service.evidence.acting import acting
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import note_edited
from archive_service.keeping.malware.quarantine import DocumentNotInCaseError
from archive_service.notices.inbox import named, people, tell
from archive_service.packaging.catalogue import as_json
from archive_service.services import Services
from archive_service.storage.held import require_free
from archive_service.text import nfc, telling_line

TAGS = {
    RecallKind.RECALL: "document:recalled",
    RecallKind.REPLACEMENT: "document:replaced",
    RecallKind.CORRECTION: "document:corrected",
}
_HREF = "/recalls"
_DECIDERS = (Role.ARCHIVIST, Role.HEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked; ``successor`` names what replaces or corrects the document.

    ``declared``: that one may lie outside this archive; nobody here knows it but by its name.
    """

    kind: RecallKind
    reason: str
    successor: str = ""
    declared: bool = False
    channel: str = "web"
    sender: str = ""
    package_id: str = ""
    packet_sha256: str = ""


def ask(
    services: Services, code: str, document: str, wish: Wish, *, actor: Actor
) -> RecallDocument:
    """Ask it of a document in custody, named by ordinal or id; whoever may decide, decides at once.

    The same, asked again while it waits, changes nothing.

    Raises:
        CaseFileNotFoundError, DocumentNotInCaseError, ActNotAllowedError
        RecallWordsError: no reason, or no successor.
        RecallSuccessorError: no document in custody is named so, and that was not declared.
        RecallStateError: the document is recalled already.
        CaseFileHeldError, CaseFileStateError: it may not be changed now.
    """
    with services.writing() as session:
        case_file = holdings_rows.get_case_file(session, code, actor=actor)
        access.require(actor, "recall:ask", case_file)
        wanted = (one for one in case_file.documents if document in (str(one.ordinal), str(one.id)))
        found = next(wanted, None)
        if found is None:
            raise DocumentNotInCaseError(code=case_file.code, document=document)
        wish = _with_successor(session, case_file, found, recall_words(wish), actor=actor)
        recall = ask_in(session, case_file, found, wish, actor=actor)
        if recall.state is RecallState.ASKED and access.may(actor, "recall:decide", case_file):
            grant(session, services, recall, wish.reason, actor=actor)
        session.flush()
        recall_document = RecallDocument.of(recall)
    write_out_evidence(services)
    return recall_document


def ask_in(
    session: Session, case_file: CaseFile, document: Document, wish: Wish, *, actor: Actor
) -> Recall:
    """The row of what is asked; the one that waits already where it is the same. Caller commits."""
    wish = recall_words(wish)
    reason, successor = wish.reason, wish.successor
    if document.recalled_at is not None:
        raise RecallStateError(code=case_file.code, ordinal=document.ordinal, state="recalled")
    waiting = session.scalar(
        select(Recall).where(
            Recall.case_file_id == case_file.id,
            Recall.ordinal == document.ordinal,
            Recall.kind == wish.kind,
            Recall.state == RecallState.ASKED,
            Recall.successor == successor,
        )
    )
    if waiting is not None:
        return waiting
    recall = Recall(
        id=uuid4(),
        kind=wish.kind,
        state=RecallState.ASKED,
        agency_id=case_file.agency_id,
        target=document.doc_id,
        code=case_file.code,
        title=document.subject,
        case_file_id=case_file.id,
        ordinal=document.ordinal,
        successor=successor,
        reason=reason,
        channel=wish.channel,
        sender=wish.sender[:40],
        package_id=wish.package_id[:200],
        packet_sha256=wish.packet_sha256,
        digests=[
            {"path": file.path, "sha256": file.sha256, "size_bytes": file.size_bytes}
            for file in document.files
        ],
        asked_by=actor.account,
        asked_at=clock.now(),
        decided_by="",
        decision_reason="",
    )
    session.add(recall)
    _record(session, "recall:asked", recall, actor)
    who = people(session, roles=_DECIDERS, agency_id=case_file.agency_id)
    tell(session, "recall-asked", to=who, subject_id=recall.id, facts=_facts(recall), href=_HREF)
    return recall


def confirm_recall(
    services: Services, recall_id: UUID, given: DecisionIn, *, actor: Actor
) -> RecallDocument:
    """Confirm what was asked, and do it.

    Raises:
        RecallNotFoundError, ActNotAllowedError; RecallWordsError: no reason.
        RecallStateError: it was refused.
        CaseFileHeldError, CaseFileStateError: the document may not be changed now.
    """
    return _decide(services, recall_id, RecallState.GRANTED, given.reason, actor=actor)


def refuse_recall(
    services: Services, recall_id: UUID, given: DecisionIn, *, actor: Actor
) -> RecallDocument:
    """Refuse what was asked.

    Raises:
        RecallNotFoundError, ActNotAllowedError; RecallWordsError: no reason.
        RecallStateError: it was confirmed.
    """
    return _decide(services, recall_id, RecallState.REFUSED, given.reason, actor=actor)


def _decide(
    services: Services, recall_id: UUID, wanted: RecallState, reason: str, *, actor: Actor
) -> RecallDocument:
    """Decide on what was asked; a second time the same changes nothing."""
    with acting(services, "recall:decide", actor) as session:
        recall = session.scalar(
            select(Recall)
            .where(Recall.id == recall_id, access.visible(actor, "recall:list", Recall.agency_id))
            .with_for_update()
        )
        if recall is None:
            raise RecallNotFoundError(id=recall_id)
        access.require(actor, "recall:decide", recall)
        if recall.state is RecallState.ASKED:
            if wanted is RecallState.GRANTED:
                grant(session, services, recall, reason, actor=actor)
            else:
                _settle(session, recall, wanted, reason, actor=actor)
        elif recall.state is not wanted:
            raise RecallStateError(code=recall.code, ordinal=recall.ordinal, state=recall.state)
        session.flush()
        return RecallDocument.of(recall)


def grant(
    session: Session,
    services: Services,
    recall: Recall,
    reason: str,
    *,
    actor: Actor,
    newer: Document | None = None,
) -> None:
    """Do what was asked: mark the document, want a version, index again; the caller commits.

    ``newer`` replaces or corrects it; without it the document in custody that is named so.
    """
    case_file = session.get_one(
        CaseFile,
        recall.case_file_id,
        options=[selectinload(CaseFile.documents).selectinload(Document.relations)],
        with_for_update=True,
        populate_existing=True,
    )
    require_free(session, case_file, act="recall:decide", actor=actor)
    document = next(
        document for document in case_file.documents if document.ordinal == recall.ordinal
    )
    if recall.kind is RecallKind.RECALL:
        document.recalled_at = clock.now()
        document.quarantined = True
    else:
        newer = newer or _successor(session, recall)
        _relate_both(session, services, case_file, document, recall, newer, actor=actor)
    _settle(session, recall, RecallState.GRANTED, reason, actor=actor)
    _record(session, TAGS[recall.kind], recall, actor)
    note_edited(session, case_file, services)


def keep_act(session: Session, recall: Recall) -> None:
    """The row as it is now, on its way into every copy."""
    session.flush()
    body = {
        column.key: as_json(getattr(recall, column.key))
        for column in Recall.__mapper__.column_attrs
        if column.key != "revision"
    }
    session.add(Act(kind=RECALL_ACT, subject_id=str(recall.id), at=clock.now(), document=body))


def _settle(
    session: Session, recall: Recall, state: RecallState, reason: str, *, actor: Actor
) -> None:
    access.require_another(actor, recall.asked_by)
    recall.state = state
    recall.decided_by, recall.decided_at = actor.account, clock.now()
    recall.decision_reason = _words(reason)
    keep_act(session, recall)
    if state is RecallState.REFUSED:
        _record(session, "recall:refused", recall, actor)
    tell_asker(session, recall)


def tell_asker(session: Session, recall: Recall) -> None:
    """Whoever asked is told what was decided."""
    tell_sender(session, recall, recall.asked_by)


def tell_sender(session: Session, recall: Recall, account: str) -> None:
    """Whoever handed the document in is told as well."""
    who, facts = named(session, [account]), _facts(recall)
    if recall.state is RecallState.GRANTED:
        tell(session, "recall-granted", to=who, subject_id=recall.id, facts=facts, href=_HREF)
    else:
        tell(session, "recall-refused", to=who, subject_id=recall.id, facts=facts, href=_HREF)


def _relate_both(
    session: Session,
    services: Services,
    case_file: CaseFile,
    document: Document,
    recall: Recall,
    newer: Document | None,
    *,
    actor: Actor,
) -> None:
    """The newer document says what it replaces or corrects, the older one by what."""
    forth, back = RELATIONS[recall.kind]
    target = recall.successor if newer is None else newer.doc_code
    inside = newer is not None and newer.case_file_id == case_file.id
    _add_relation(document, back, target, newer.id if newer is not None and inside else None)
    if newer is None:
        return
    _add_relation(newer, forth, document.doc_code, document.id if inside else None)
    if not inside:
        of_newer = session.get_one(CaseFile, newer.case_file_id, with_for_update=True)
        require_free(session, of_newer, act="recall:decide", actor=actor)
        facts = {"recall": str(recall.id), "code": of_newer.code, "ordinal": newer.ordinal}
        record_event(session, "document:stands-for", of=of_newer, actor=actor, data=facts)
        note_edited(session, of_newer, services)


def _with_successor(
    session: Session, case_file: CaseFile, document: Document, wish: Wish, *, actor: Actor
) -> Wish:
    """The wish with the archive code of the document in custody that its successor names."""
    if wish.kind is RecallKind.RECALL:
        return replace(wish, successor="")
    named = successors_named(session, wish.successor, of=case_file, but=document, actor=actor)
    if len(named) == 1:
        return replace(wish, successor=named[0].code)
    if not wish.declared:
        raise RecallSuccessorError(successor=wish.successor, count=len(named))
    return wish


def _successor(session: Session, recall: Recall) -> Document | None:
    """The document in custody that the successor names, by identifier or archive code."""
    wanted = or_(Document.doc_id == recall.successor, Document.doc_code == recall.successor)
    query = (
        select(Document)
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(wanted, CaseFile.agency_id == recall.agency_id)
        .options(selectinload(Document.relations))
        .order_by(Document.case_file_id, Document.ordinal)
        .limit(2)
    )
    rows = session.scalars(query).all()
    return rows[0] if len(rows) == 1 else None


def _add_relation(document: Document, relation: str, target: str, target_id: UUID | None) -> None:
    for known in document.relations:
        same = known.target == target or (target_id is not None and known.target_id == target_id)
        if known.relation == relation and same:
            return
    document.relations.append(
        DocumentRelation(id=uuid4(), relation=relation, target=target[:300], target_id=target_id)
    )


def recall_words(wish: Wish) -> Wish:
    """The wish with its words in order.

    Raises:
        RecallWordsError: no reason, one that is too long, or no successor where one is needed.
    """
    successor = nfc(wish.successor).strip()[:300]
    if wish.kind is not RecallKind.RECALL and not successor:
        raise RecallWordsError(field="successor", longest=300, given=0)
    return replace(wish, reason=_words(wish.reason), successor=successor)


def _words(text: str) -> str:
    words = telling_line(text)
    if not words or len(words) > LONGEST_RECALL_REASON:
        raise RecallWordsError(field="reason", longest=LONGEST_RECALL_REASON, given=len(words))
    return words


def _facts(recall: Recall) -> dict[str, Any]:
    return {
        "kind": recall.kind.value,
        "code": recall.code or declared_code(recall, none=""),
        "ordinal": recall.ordinal or "",
        "title": recall.title[:200],
        "target": recall.target,
        "reason": recall.decision_reason or recall.reason,
    }


def _record(session: Session, tag: str, recall: Recall, actor: Actor) -> None:
    record_event(
        session,
        tag,
        subject_id=recall.case_file_id or recall.submission_id,
        actor=actor,
        agency_id=recall.agency_id,
        data={
            "recall": str(recall.id),
            "code": recall.code,
            "ordinal": recall.ordinal,
            "target": recall.target,
            "successor": recall.successor,
            "reason": recall.decision_reason or recall.reason,
            "packet_sha256": recall.packet_sha256,
        },
    )
