"""The answer to a request on paper: a PDF/A that the archive seals, for the one who asked."""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from archive_service import access, clock
from archive_service.catalogue.holdings.identity import identity_of
from archive_service.catalogue.use_requests import rules
from archive_service.catalogue.use_requests.acts import sees_others
from archive_service.catalogue.use_requests.documents import (
    AccessRequestDocument,
    request_document,
)
from archive_service.catalogue.use_requests.fees import fee_classes
from archive_service.catalogue.use_requests.news import record
from archive_service.domain.case_files.access_request import AccessRequest, Wanted
from archive_service.domain.people.account import Actor
from archive_service.evidence import check_codes as codes
from archive_service.evidence.acting import acting
from archive_service.forms import words
from archive_service.forms.signed_paper import Paper, issuer_of, print_paper, said
from archive_service.services import Services
from archive_service.storage.work_folder import work_place

_OPEN = ("asked", "clarifying", "withdrawn")
_LASTING = ("refused", "revoked")  # answers that no later act makes untrue


def answer_letter(services: Services, request_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """The answer as a paper, and its name; each making leaves an event with its digest.

    Raises:
        ActNotAllowedError
        AccessRequestNotFoundError: another's, for who does not decide on requests.
        AccessRequestStateError: it is not decided.
    """
    access.require(actor, rules.LIST)
    with services.read_only() as session:
        row = session.get(AccessRequest, request_id)
        own = row is not None and row.asked_by_id == actor.account_id
        if row is None or not (own or (sees_others(actor) and access.may(actor, rules.LIST, row))):
            raise rules.AccessRequestNotFoundError(id=request_id)
        access_request = request_document(row)
        identity = identity_of(row, services.settings.home)
    if access_request.state in _OPEN:
        raise rules.AccessRequestStateError(state=access_request.state)
    code = codes.check_code(f"answer {request_id} {access_request.state}")
    issuer, now = issuer_of(services.settings.archive), clock.now()
    opening = said("use-answer.opening", issuer=issuer.name, person=access_request.person)
    rows, to = list(_rows(access_request, identity)), [access_request.person]
    form = Paper("use-answer", "", issuer, [opening], rows=rows, recipients=to)
    with work_place(services.work_folder, "answer-") as place:
        path, signer = place / "answer.pdf", services.signer_at_hand()
        press = codes.press_bearing(services, code)
        print_paper(form, path, signer=signer, at=now, press=press)
        made = path.read_bytes()
    with acting(services, rules.LIST, actor) as session:
        row = session.get_one(AccessRequest, request_id)
        digest = hashlib.sha256(made).hexdigest()
        sealed = signer is not None
        record(session, "access-request:letter-made", row, actor, sha256=digest, sealed=sealed)
        handed = {"kind": codes.ANSWER, "sha256": digest}
        if access_request.state not in _LASTING:
            handed["request"] = str(request_id)  # what was granted may be revoked, or given back
        codes.note_handed_out(session, code, handed, actor=actor, agency_id=row.agency_id)
    number = (
        f".{access_request.document}" if access_request.document else ""
    )  # of a whole case file there is none
    return f"{access_request.code}{number}-answer.pdf", made


def _rows(document: AccessRequestDocument, identity: str) -> Iterator[tuple[str, str]]:
    fee = fee_classes()[document.fee_class]
    decision = "refused" if document.state in ("refused", "revoked") else "granted"
    yield _row("request", str(document.id))
    yield _row("asked", words.day(clock.local(document.asked_at).date()))
    if identity:
        yield _row("identity", identity)
    yield _row("document", said("use-answer.of", code=document.code, number=document.document))
    yield _row("purpose", document.purpose)
    yield _row("decision", said(f"use-answer.{document.state}"))
    if document.decided_at:
        yield _row("decided", words.day(clock.local(document.decided_at).date()))
    if decision == "granted" and document.wants == Wanted.CONTENT:
        yield _row("pages", document.pages or said("use-answer.all-pages"))
        if document.until:
            yield _row("until", words.day(clock.local(document.until).date()))
        part = said(f"use-answer.{fee.part}", group=fee.label("vi"), basis=fee.basis)
        yield _row("fee", part)
    if document.reason:
        yield _row("reason", document.reason)


def _row(name: str, text: str) -> tuple[str, str]:
    return said(f"use-answer.rows.{name}"), text
