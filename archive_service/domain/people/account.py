"""Accounts, their sessions and tokens, and who acts."""

import datetime as dt
import enum
import re
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, String, exists
from sqlalchemy.orm import Mapped, column_property, mapped_column

from archive_service.domain.base import Base
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.passkey import Passkey

LONGEST_REASON = 500  # characters of why somebody left
ACCOUNT_DIFFERS = "account-differs"  # a kind of incident; its subject is the account's name
_CITIZEN_NUMBER = re.compile("[0-9]{9}|[0-9]{12}")
TOTP_STEP_S = 30  # seconds a code of the second factor is for (RFC 6238)


class Role(enum.StrEnum):
    """What an account is for; OPERATOR and WORKER are never accounts."""

    OFFICER = "officer"
    CLERK = "clerk"
    ARCHIVIST = "archivist"
    HEAD = "head"
    AGENCY_HEAD = "agency-head"
    STATION = "station"
    READER = "reader"
    ADMIN = "admin"
    AGENCY_ADMIN = "agency-admin"  # sets up the accounts of one agency, and no more
    AUDITOR = "auditor"
    PARTNER = "partner"  # another archive's programs; nobody signs in with it
    OPERATOR = "operator"
    WORKER = "worker"


class MailDigest(enum.StrEnum):
    """How often unread notices are sent by mail: one letter a period."""

    HOUR = "hour"
    DAY = "day"  # each working day
    NONE = "none"


@dataclass(frozen=True, slots=True)
class StandIn:
    """In whose stead somebody acts, by which delegation, and what of their acts was handed over."""

    delegation_id: UUID
    giver: str
    giver_id: UUID
    person: str  # the giver, as people write them
    duties: tuple[str, ...]
    acts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does an act: an account or, without one, the operating system's operator."""

    account: str
    role: Role
    agency_id: UUID | None = None  # None: may act for every agency, as far as the role goes
    os_user: str = ""
    account_id: UUID | None = None
    scopes: frozenset[str] | None = None  # None: all that the role may; else a token's
    shell: str = ""  # at the shell: "trusted", named by who holds it; "login", proved by a session
    must_prove: bool = False  # the last code of the second factor is too old for grave acts
    doubted: bool = False  # the log tells otherwise of the account: it decides nothing
    next_role: Role | None = None  # waits for a second person: until then it may what both may
    stands_for: StandIn | None = None  # role and agency are the giver's, the account its own
    # What was granted to it and counts today: ids, each with a mode that it reads there.
    granted: frozenset[tuple[str, str]] = frozenset()
    # Acts for which something was hidden because the token lacks them alone; `access` notes them.
    lacked: list[str] = field(default_factory=list, compare=False, repr=False)

    @property
    def names(self) -> frozenset[str]:
        """The accounts whose doing an act is: of two persons neither may be the first one."""
        own = {self.account}
        return frozenset(own if self.stands_for is None else own | {self.stands_for.giver})

    @property
    def ids(self) -> frozenset[UUID | None]:
        """The same by their ids."""
        own = {self.account_id}
        return frozenset(own if self.stands_for is None else own | {self.stands_for.giver_id})


def masked(name: str) -> str:
    """``••••••••6789`` for an account named by a citizen's number, old or new; others stay.

    Lists show it so (001/2025/TT-BNV Điều 8 khoản 4 names accounts by it): who reads a list needs
    the person, not the number.
    """
    return "•" * 8 + name[-4:] if _CITIZEN_NUMBER.fullmatch(name) else name


WORKER = Actor(account="worker", role=Role.WORKER)


class Account(Base):
    """One person, station or system; one account a person."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    display_name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[Role] = mapped_column()
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True)
    # What waits for a second person, both or neither; what they take away is gone already.
    next_role: Mapped[Role | None] = mapped_column()
    next_agency_id: Mapped[UUID | None] = mapped_column()
    password_hash: Mapped[str | None] = mapped_column(String(300))  # argon2id; None: no password
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(2), default="vi")
    email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    mail_digest: Mapped[MailDigest] = mapped_column(default=MailDigest.DAY, server_default="day")
    mail_urgent: Mapped[bool] = mapped_column(default=True, server_default="1")
    keeps_searches: Mapped[bool] = mapped_column(default=True, server_default="1")  # its last ones
    unit: Mapped[str] = mapped_column(String(200), default="", server_default="")  # đơn vị
    position: Mapped[str] = mapped_column(String(200), default="", server_default="")  # chức vụ
    is_unit_head: Mapped[bool] = mapped_column(default=False, server_default="0")
    # Second factor (RFC 6238): the secret, encrypted; when it was proved; the last step used.
    totp_secret: Mapped[str | None] = mapped_column(String(300))
    totp_since: Mapped[dt.datetime | None] = mapped_column()
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    # One that took the place of another, which may decide nothing at first; and one that the owner
    # asked for without the old one: it waits for a second person.
    totp_replaced_at: Mapped[dt.datetime | None] = mapped_column()
    totp_next: Mapped[str | None] = mapped_column(String(300))
    totp_asked_at: Mapped[dt.datetime | None] = mapped_column()
    # A password that somebody else set: good for one sign-in, then only to choose an own one.
    password_set_at: Mapped[dt.datetime | None] = (
        mapped_column()
    )  # by its owner; else made at first
    password_reset_at: Mapped[dt.datetime | None] = mapped_column()
    password_once: Mapped[bool] = mapped_column(default=False, server_default="0")
    password_spent_at: Mapped[dt.datetime | None] = mapped_column()
    enabled_at: Mapped[dt.datetime | None] = mapped_column()  # again, after it was disabled or idle
    # Its person left: since which day, why, and who hears the answers to what they asked for.
    left_on: Mapped[dt.date | None] = mapped_column()
    left_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="", server_default="")
    handed_to_id: Mapped[UUID | None] = mapped_column(index=True)
    created_at: Mapped[dt.datetime] = mapped_column()
    seen_at: Mapped[dt.datetime | None] = mapped_column()
    revision: Mapped[int] = mapped_column()
    # The log tells otherwise of its rights, password, factor or tokens, and nobody knows why.
    doubted: Mapped[bool] = column_property(
        exists().where(
            Incident.kind == ACCOUNT_DIFFERS,
            Incident.subject == name,
            Incident.closed_at.is_(None),
        )
    )
    # One that ended counts: else whoever copied it enrolled a first factor by the password alone.
    has_passkey: Mapped[bool] = column_property(
        exists().where(Passkey.account_id == id)  # noqa: A003 - the column of this class is meant
    )

    __mapper_args__ = {"version_id_col": revision}

    @property
    def has_factor(self) -> bool:
        """Whether it has a second factor: codes of a telephone, a passkey, or both."""
        return self.totp_secret is not None or bool(self.has_passkey)

    @property
    def person(self) -> str:
        """As people write them; where nobody said, the name of the account."""
        return self.display_name or self.name

    def as_actor(
        self,
        *,
        os_user: str = "",
        scopes: frozenset[str] | None = None,
        shell: str = "",
        must_prove: bool = False,
        granted: frozenset[tuple[str, str]] = frozenset(),
    ) -> Actor:
        """This account as the one who acts; ``granted`` as ``accounts.granted`` finds it.

        While a change waits for a second person, what it takes away is gone already: of two
        agencies it acts for neither, and reads what is open to all.
        """
        role, agency_id = self.role, self.agency_id
        if self.next_role is not None and self.next_agency_id not in (None, agency_id):
            role = role if agency_id is None else Role.READER
            agency_id = self.next_agency_id
        who = self.name, role, agency_id, os_user, self.id, scopes, shell, must_prove
        doubted = bool(self.__dict__.get("doubted"))  # of a new one it is unread
        return Actor(*who, doubted=doubted, next_role=self.next_role, granted=granted)


class OldPassword(Base):
    """A password that an account had before: it is not taken again for a while."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(300))
    ended_at: Mapped[dt.datetime] = mapped_column()


class WebSession(Base):
    """A signed-in browser; the cookie holds a random token of which only the digest is kept."""

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column()
    seen_at: Mapped[dt.datetime] = mapped_column()
    revoked_at: Mapped[dt.datetime | None] = mapped_column()
    proved_at: Mapped[dt.datetime | None] = mapped_column()  # the second factor, the last time
    delegation_id: Mapped[UUID | None] = mapped_column()  # by which its person acts for another
    by_provider: Mapped[bool] = mapped_column(default=False, server_default="0")  # of identities
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    address: Mapped[str] = mapped_column(String(64), default="", server_default="")


class AccessToken(Base):
    """A bearer token of a station or system, with scopes; only its digest is kept."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100), default="", server_default="")
    scopes: Mapped[list[str]] = mapped_column()
    # Networks that it is taken from (CIDR); none: from everywhere.
    networks: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    created_at: Mapped[dt.datetime] = mapped_column()
    expires_at: Mapped[dt.datetime] = mapped_column()
    waits: Mapped[bool] = mapped_column(default=False, server_default="0")  # for a second person
    revoked_at: Mapped[dt.datetime | None] = mapped_column()
    used_at: Mapped[dt.datetime | None] = mapped_column()  # as of a few minutes ago
    proved_at: Mapped[dt.datetime | None] = mapped_column()  # the second factor, the last time
    used_from: Mapped[str] = mapped_column(String(64), default="", server_default="")


class RecoveryCode(Base):
    """A code that stands once for a second factor; only its digest is kept."""

    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    made_at: Mapped[dt.datetime] = mapped_column()
    used_at: Mapped[dt.datetime | None] = mapped_column()
