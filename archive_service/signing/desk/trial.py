"""Papers signed on trial: in a home that ``archive demo`` made, with a toy key of the signer's."""

from uuid import UUID, uuid4

from archive_service.domain.people.account import Actor
from archive_service.domain.signing.signing_request import SigningRequest
from archive_service.services import Services
from archive_service.signing.desk.acts import (
    SigningRequestClosedError,
    SigningRequestNotFoundError,
    send_out,
    take_return,
)
from archive_service.signing.desk.documents import SigningAnswerDocument
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import SignerKind, Subject
from archive_service.storage.work_folder import work_place


def sign_on_trial(
    services: Services, request_id: UUID, *, actor: Actor, lang: str = "vi"
) -> SigningAnswerDocument:
    """The paper goes out, is signed with a key made for it, and comes back as from any tool.

    Raises:
        DemoKeyError: ``archive demo`` did not make this home: its people sign with their own keys.
        SigningRequestNotFoundError: somebody else is to sign it.
        SigningRequestClosedError: it waits for a seal, or no longer.
        and as ``take_return``.
    """
    authority = services.authority
    with services.read_only() as session:
        row = session.get(SigningRequest, request_id)
        if row is None or row.account != actor.account:
            raise SigningRequestNotFoundError(id=request_id)
        if row.with_seal:
            raise SigningRequestClosedError(id=request_id, state="seal")
        signer = Subject(row.signer_name, "", SignerKind.PERSON, row.signer_identifier)
    _, data = send_out(services, request_id, actor=actor)
    with work_place(services.work_folder, "trial-") as place:
        paper = place / "paper.pdf"
        paper.write_bytes(data)
        authority.issue_key(signer, place / "person.p12")
        key = open_pkcs12("pkcs12:person.p12", home=place)
        key.sign_pdf(paper, paper, field=f"Trial{uuid4().hex[:8]}")
        return take_return(services, request_id, paper, actor=actor, lang=lang)
