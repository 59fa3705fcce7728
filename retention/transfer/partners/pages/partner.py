"""The page of one partner, and the fields that its forms share."""

from typing import Any

from flask import Response, make_response, render_template, request

from archive_service import access
from archive_service.catalogue.agencies.listing import served_agencies
from archive_service.domain.transfer.transfer import Transfer
from archive_service.request import current_actor, services
from archive_service.web.refusals import RefusedForm, given_in_form
from retention.transfer.amounts import count_found
from retention.transfer.documents import TransferDocument
from retention.transfer.listing import matching_transfers, transfer_documents
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.documents import PartnerDocument
from retention.transfer.partners.given import PartnerWords
from retention.transfer.partners.rules import SIDES, PartnerFacts, PartnerQuotaError
from retention.transfer.witnessing.listing import show_witnessing

_GB = 10**9  # as sizes are shown
_MOST_GB = 10**9
_LARGEST_FILE = 1 << 20  # bytes of certificates
_NEWEST = 10  # transfers


def partner_page(code: str, refused: RefusedForm | None = None) -> Response:
    """One partner; with a form that was refused.

    Raises:
        ActNotAllowedError, PartnerUnknownError
    """
    actor = current_actor()
    partner_shown = partners_acts.show_whole(services(), code, actor=actor)
    may_keep = access.may(actor, "partner:keep")
    sees = access.may(actor, "transfer:list")
    transfers: list[TransferDocument] = []
    count = 0
    with services().read_only() as session:
        if sees:
            query = matching_transfers(actor=actor).where(
                Transfer.partner_code == partner_shown.code
            )
            newest = query.order_by(Transfer.composed_at.desc(), Transfer.id.desc()).limit(_NEWEST)
            transfers = transfer_documents(session, session.scalars(newest).all(), most=0)
            count = count_found(session, query)
        agencies = served_agencies(session) if may_keep else []
    witnessing = show_witnessing(services(), actor=actor)
    kept, cosigned = witnessing.of(partner_shown.code)
    known = {agency.code for agency in partner_shown.agencies}
    page = render_template(
        "transfer/partners/partner.html",
        here_key=place_key(),
        partner=partner_shown,
        certificates=[
            each.as_json() | {"shown": fingerprint(each.sha256)}
            for each in partner_shown.certificates
        ],
        tls=fingerprint(partner_shown.tls_sha256),
        quota_gb=_gigabytes(partner_shown.quota_bytes),
        own_key=witnessing.key,
        kept=kept,
        cosigned=cosigned,
        sides_of=[side for side in SIDES if getattr(partner_shown, side)],
        may_keep=may_keep,
        offered=[(key, f"{key} {name}") for key, name in agencies if key not in known],
        transfers=transfers,
        transfers_count=count,
        sees=sees,
        refused=refused,
    )
    return make_response(page, refused.told.status if refused else 200)


def place_key() -> str:
    """The place of these pages: who keeps partners has them in the row of the system."""
    keeps = access.may(current_actor(), "partner:keep")
    return "partner-archives" if keeps else "partners"


def token_page(document: PartnerDocument, token: str) -> Response:
    """The token, which is nowhere else: shown once, and kept by nobody on the way."""
    page = "transfer/partners/partner_token.html"
    shown = render_template(page, here_key=place_key(), partner=document, made=token)
    response = make_response(shown)
    response.headers["Cache-Control"] = "no-store"
    return response


def files_given(name: str) -> list[tuple[str, bytes]]:
    """Name and bytes of each file that was chosen in this field; too long ones are cut off."""
    return [
        (file_storage.filename, file_storage.stream.read(_LARGEST_FILE + 1))
        for file_storage in request.files.getlist(name)
        if file_storage.filename
    ]


def facts_given() -> PartnerFacts:
    """Name, sides, address and quota as the form has them.

    Raises:
        PartnerQuotaError
    """
    ticks: dict[str, Any] = {name: name in request.form for name in (*SIDES, "plain_http")}
    given = given_in_form(
        PartnerWords,
        labels="pages.partners",
        quota_bytes=_quota_given(),
        drop_certificates=[],
        **ticks,
    )
    return given.facts()


def _quota_given() -> int:
    """Bytes of what was typed in gigabytes; nothing typed: 0, no limit.

    Raises:
        PartnerQuotaError: it is no number from 0 on.
    """
    text = request.form.get("quota", "")
    try:
        value = float(text.strip().replace(",", ".") or "0")
    except ValueError:
        value = -1
    if not 0 <= value <= _MOST_GB:
        raise PartnerQuotaError
    return round(value * _GB)


def fingerprint(sha256: str) -> str:
    """In groups of four, as people read it to each other."""
    return " ".join(sha256[at : at + 4] for at in range(0, len(sha256), 4)).upper()


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / _GB:.6f}".rstrip("0").rstrip(".").replace(".", ",") if size_bytes else ""
