"""Other archives, as commands and programs read them."""

from pydantic import BaseModel


class PartnerCertificateDocument(BaseModel):
    """A certificate that a partner signs with; ``sha256`` of its DER."""

    sha256: str
    subject: str
    not_after: str
    added_at: str


class PartnerDocument(BaseModel):
    """One other archive; ``quota_bytes`` of a day, 0 without limit."""

    code: str
    name: str
    gives: bool
    receives: bool
    active: bool
    agencies: list[str]
    certificates: list[PartnerCertificateDocument]
    url: str
    tls_sha256: str
    plain_http: bool
    quota_bytes: int
    added_at: str
    retired_at: str | None


class PartnerList(BaseModel):
    """Other archives by code."""

    partners: list[PartnerDocument]
