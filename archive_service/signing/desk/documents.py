"""Papers that wait for a signature, as commands, API and pages tell them."""

from uuid import UUID

from archive_service.document import Document, Moment
from archive_service.domain.signing.signing_request import SigningState
from archive_service.finding_document import FindingDocument


class SigningRequestDocument(Document):
    """One paper; ``findings`` are those of the last time it came back, taken or refused."""

    id: UUID
    name: str
    account: str
    signer: str
    with_seal: bool
    requested_by: str
    requested_at: Moment
    state: SigningState
    sha256: str
    size_bytes: int
    refusals: int
    findings: list[FindingDocument]
    signed_sha256: str | None
    signed_by: str | None
    signed_at: Moment | None


class SigningAnswerDocument(SigningRequestDocument):
    """The same after a file was brought back; ``accepted`` says whether it was taken."""

    accepted: bool


class SigningRequestList(Document):
    """Papers that the account asked for or is to sign, the newest first."""

    signing_requests: list[SigningRequestDocument]
