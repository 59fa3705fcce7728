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


class GiverDocument(BaseModel):
    """An archive that hands over: ``open`` transfers are undecided, ``late`` of them past 60 days.

    ``items`` by state; ``waiting``: those with nothing decided or stored yet; ``size_bytes``:
    packages that are stored.
    """

    code: str
    name: str
    active: bool
    transfers: int
    open: int
    late: int
    decide_by: str | None
    last_at: str | None
    items: dict[str, int]
    waiting: int
    size_bytes: int
    quota_bytes: int
    bytes_today: int


class GiverList(BaseModel):
    """Archives that hand over, the most urgent first."""

    givers: list[GiverDocument]
