"""Other archives, as commands, programs and pages read them."""

from collections.abc import Mapping
from typing import Generic, TypeVar
from uuid import UUID

from archive_service import clock
from archive_service.document import Document
from archive_service.domain.transfer.partner import TransferPartner

_Agency = TypeVar("_Agency")


class PartnerCertificateDocument(Document):
    """A certificate that a partner signs with; ``sha256`` of its DER."""

    sha256: str
    subject: str
    not_after: str
    added_at: str


class Partner(Document, Generic[_Agency]):
    """One other archive; ``quota_bytes`` of a day, 0 without limit. No secret is in it."""

    code: str
    name: str
    gives: bool
    receives: bool
    witnesses: bool
    witnessed: bool
    witness_key: str
    active: bool
    agencies: list[_Agency]
    certificates: list[PartnerCertificateDocument]
    url: str
    tls_sha256: str
    plain_http: bool
    quota_bytes: int
    added_at: str
    retired_at: str | None


class PartnerDocument(Partner[str]):
    """One other archive with the codes of its agencies; ``quota_bytes`` of a day, 0: no limit."""

    @classmethod
    def of(cls, row: TransferPartner, codes: Mapping[UUID, str]) -> "PartnerDocument":
        """That of a row; ``codes`` of the agencies by their ids."""
        return cls.of_row(
            row,
            agencies=sorted(codes[link.agency_id] for link in row.agencies),
            added_at=clock.iso(row.added_at),
            retired_at=row.retired_at and clock.iso(row.retired_at),
        )


class TokenStanding(Document):
    """The token that a partner delivers with: when it was made and used, and when it ends."""

    issued_at: str
    used_at: str | None
    ends_at: str


class Standing(Document):
    """Where a partner stands: ``open`` transfers are on their way, ``waiting`` case files of them
    have no receipt; ``token`` is the one that it delivers with, ``None`` where it has none.
    """

    open: int
    late: int
    decide_by: str | None
    waiting: int
    last_at: str | None
    bytes_today: int
    token: TokenStanding | None


class LinkedAgency(Document):
    """An agency that took over from another, or that it took over from."""

    id: str
    code: str
    name: str
    on: str | None
    instrument: str


class AgencyOfPartner(Document):
    """An agency that a partner hands over for, with those before and after it."""

    id: str
    code: str
    name: str
    successors: list[LinkedAgency]
    predecessors: list[LinkedAgency]


class PartnerShown(Partner[AgencyOfPartner], Standing):
    """One other archive as its page shows it, with where it stands."""

    has_our_token: bool

    @property
    def key_until(self) -> str | None:
        """The day until which one of its certificates is valid; ``None``: it has none."""
        return max((each.not_after for each in self.certificates), default=None)


class PartnerList(Document):
    """Other archives by code."""

    partners: list[PartnerDocument]


class GiverDocument(Document):
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


class GiverList(Document):
    """Archives that hand over, the most urgent first."""

    givers: list[GiverDocument]
