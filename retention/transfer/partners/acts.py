"""Lưu trữ đối tác: other archives are added, changed and retired; our tokens for them are kept.

A token for sending lies in a file below the home's ``keys``, for its owner alone; it is in no row,
no log and on no page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.catalogue.holdings.rows import agency_codes
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.errors import InputError
from archive_service.evidence.witness.cosignature import OWN_KEY, make_key
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.signing.key_stores.secret import read_secret
from archive_service.signing.port import KeyCertificate
from archive_service.signing.trust.public_certificates import read_certificates
from archive_service.storage.durable import write_whole
from retention.transfer.partners import changing
from retention.transfer.partners import rules as partners_rules
from retention.transfer.partners.documents import GiverDocument, PartnerDocument, PartnerShown
from retention.transfer.partners.givers import givers
from retention.transfer.partners.listing import agencies_told, matching_partners, standings
from retention.transfer.partners.rules import PartnerFacts, PartnerSidesError

_TOKENS = Path("keys") / "partners"
_LONGEST_TOKEN = 500
_LARGEST_FILE = 1 << 20  # bytes of certificates


class PartnerTokenError(InputError):
    """No token for the other archive is kept here, or the file holds none."""


@dataclass(frozen=True, slots=True)
class PartnerGiven:
    """What people tell of a partner, as they write it: codes of agencies, certificates as bytes."""

    facts: PartnerFacts
    agencies: Sequence[str] = ()
    drop_agencies: Sequence[str] = ()
    certificates: Sequence[tuple[str, bytes]] = ()  # name of the file, what is in it
    tls_certificate: tuple[str, bytes] | None = None
    token: bytes | None = None  # for us to send with


def add(
    services: Services, code: str, told: PartnerGiven, *, actor: Actor
) -> tuple[PartnerDocument, str | None]:
    """PARTNER, and the token for its programs where one was made; see ``changing.add_partner``."""
    told, own_code = with_sides(code, told, actor=actor), services.keeper.archive_code
    with services.unit_of_work() as uow:
        facts = _facts(uow.session, told)
        row, token = changing.add_partner(code, facts, own_code=own_code, actor=actor, uow=uow)
        _keep_secrets(services, row, told)
        uow.session.flush()
        document = PartnerDocument.of(row, _codes(uow.session))
        uow.commit()
    write_out_evidence(services)
    return document, token


def with_sides(code: str, told: PartnerGiven, *, actor: Actor) -> PartnerGiven:
    """What hands over for agencies and signs with certificates gives, where nothing else is told.

    Raises:
        ActNotAllowedError
        PartnerSidesError: neither side is told, nor follows: asked for before anything else.
    """
    access.require(actor, "partner:keep")
    if any(getattr(told.facts, side) is not None for side in partners_rules.SIDES):
        return told
    if not (told.agencies and told.certificates):
        raise PartnerSidesError(code=code.strip())
    return replace(told, facts=replace(told.facts, gives=True))


def change(services: Services, code: str, told: PartnerGiven, *, actor: Actor) -> PartnerDocument:
    """PARTNER as it is now; see ``changing.change_partner``."""
    with services.unit_of_work() as uow:
        row = changing.change_partner(code, _facts(uow.session, told), actor=actor, uow=uow)
        _keep_secrets(services, row, told)
        uow.session.flush()
        document = PartnerDocument.of(row, _codes(uow.session))
        uow.commit()
    write_out_evidence(services)
    return document


def retire(services: Services, code: str, *, actor: Actor) -> PartnerDocument:
    """Nothing goes to an archive or comes from it any more; its tokens end at once."""
    with services.unit_of_work() as uow:
        row = changing.retire_partner(code, actor=actor, uow=uow)
        document = PartnerDocument.of(row, _codes(uow.session))
        uow.commit()
    write_out_evidence(services)
    return document


def make_token(services: Services, code: str, *, actor: Actor) -> str:
    """A new token for its programs; the former ends at once."""
    access.require(actor, "partner:keep")
    with services.unit_of_work() as uow:
        token = changing.new_token(
            partners_rules.get_partner(uow.session, code), actor=actor, uow=uow
        )
        uow.commit()
    write_out_evidence(services)
    return token


def list_all(services: Services, *, actor: Actor) -> list[PartnerDocument]:
    """List the archives by code."""
    with services.read_only() as session:
        rows = partners_rules.list_partners(session, actor=actor)
        codes = _codes(session)
        return [PartnerDocument.of(row, codes) for row in rows]


def find(
    services: Services,
    *,
    actor: Actor,
    text: str = "",
    side: str = "",
    standing: str = "",
    offset: int = 0,
    limit: int | None = None,
) -> tuple[list[PartnerShown], int]:
    """Partners by code as the page of all shows them, and how many there are."""
    query = matching_partners(actor=actor, text=text, side=side, standing=standing)
    part = query.order_by(TransferPartner.code).offset(offset).limit(limit)
    with services.read_only() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        return _told_whole(services, session, session.scalars(part).all()), total


def show_whole(services: Services, code: str, *, actor: Actor) -> PartnerShown:
    """One of them."""
    access.require(actor, "partner:list")
    with services.read_only() as session:
        return _told_whole(services, session, [partners_rules.get_partner(session, code)])[0]


def _told_whole(
    services: Services, session: Session, rows: Sequence[TransferPartner]
) -> list[PartnerShown]:
    ids = {link.agency_id for row in rows for link in row.agencies}
    agencies = agencies_told(session, ids)
    codes = {agency_id: agency.code for agency_id, agency in agencies.items()}
    stand = standings(session, rows, idle_days=services.settings.web.idle_account_days)
    return [
        PartnerShown(
            **dict(PartnerDocument.of(row, codes))
            | dict(stand[row.id])
            | {
                "agencies": sorted(
                    (agencies[link.agency_id] for link in row.agencies), key=attrgetter("code")
                ),
                "has_our_token": _token_file(services, row.code).is_file(),
            }
        )
        for row in rows
    ]


def list_givers(services: Services, *, actor: Actor) -> list[GiverDocument]:
    """What each archive that hands over brought, what waits and by when; the most urgent first."""
    with services.read_only() as session:
        return givers(session, actor=actor)


def show(services: Services, code: str, *, actor: Actor) -> PartnerDocument:
    """One archive with its keys and agencies."""
    access.require(actor, "partner:list")
    with services.read_only() as session:
        return PartnerDocument.of(partners_rules.get_partner(session, code), _codes(session))


def token_for(services: Services, code: str) -> str:
    """Ours for its server; ``PartnerTokenError`` where none is kept."""
    file = _token_file(services, code)
    if not file.is_file():
        raise PartnerTokenError(code=code)
    return read_secret(file).decode("ascii")


def find_token(services: Services, code: str) -> str:
    """The same; "" where none is kept: a witness without an archive asks for none."""
    return token_for(services, code) if _token_file(services, code).is_file() else ""


def _keep_secrets(services: Services, row: TransferPartner, told: PartnerGiven) -> None:
    """Our token for it; and our key as a witness, made when the first partner asks for one."""
    if told.token is not None:
        _keep_token(services, row.code, told.token)
    key = services.settings.home / OWN_KEY
    if row.witnessed and not key.exists():
        make_key(key, services.keeper.archive_code)


def _keep_token(services: Services, code: str, given: bytes) -> None:
    token = given.strip()
    if not _is_token(token):
        raise PartnerTokenError(code=code)
    file = _token_file(services, code)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(file, token + b"\n", mode=0o600)


def _is_token(token: bytes) -> bool:
    return 0 < len(token) <= _LONGEST_TOKEN and all(33 <= letter <= 126 for letter in token)


def _token_file(services: Services, code: str) -> Path:
    return services.settings.home / _TOKENS / f"{code}.token"


def _facts(session: Session, told: PartnerGiven) -> PartnerFacts:
    pinned: list[KeyCertificate] = []
    for name, data in told.certificates:
        pinned += read_certificates(data[:_LARGEST_FILE], name=name)
    facts = replace(
        told.facts,
        agencies=[get_agency(session, code).id for code in told.agencies],
        drop_agencies=[get_agency(session, code).id for code in told.drop_agencies],
        certificates=pinned,
    )
    if told.tls_certificate is not None:
        name, data = told.tls_certificate
        facts = replace(facts, tls_sha256=read_certificates(data, name=name)[0].sha256)
    return facts


def _codes(session: Session) -> dict[UUID, str]:
    return dict(agency_codes(session))
