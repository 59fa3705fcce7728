"""Other archives that this one hands over to, or takes from; tokens are the command's to make."""

from http import HTTPMethod
from typing import Any

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.request import current_actor, services
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.documents import GiverList, PartnerDocument, PartnerList
from retention.transfer.partners.given import PartnerWords

bp = APIBlueprint("api_partners", __name__, tag="partners", url_prefix="/partners")


class PartnerChangeIn(PartnerWords):
    """What is told is changed; ``certificates`` as PEM, those to drop by SHA-256 of their DER."""

    agencies: list[str] = Field(default=[], max_length=1000)
    certificates: list[str] = Field(default=[], max_length=20)
    tls_certificate: str | None = None
    drop_agencies: list[str] = Field(default=[], max_length=1000)


class PartnerIn(PartnerChangeIn):
    """A new partner."""

    code: str
    name: str


@bp.get("")
@bp.output(PartnerList)
def list_all() -> PartnerList:
    """Partners by code."""
    return PartnerList(partners=partners_acts.list_all(services(), actor=current_actor()))


@bp.get("/givers")
@bp.output(GiverList)
def list_givers() -> GiverList:
    """What each archive that hands over brought, what waits of it, and by when; urgent first."""
    return GiverList(givers=partners_acts.list_givers(services(), actor=current_actor()))


offer(bp, "/<code>", partners_acts.show, method=HTTPMethod.GET)


@bp.post("")
@bp.input(PartnerIn)
@bp.output(PartnerDocument, status_code=201)
def add(json_data: PartnerIn) -> Answer:
    """Add a partner; the token of one that gives is made by the command, which shows it once."""

    def create() -> dict[str, Any]:
        partner_facts = _told_of(json_data)
        document, _ = partners_acts.add(
            services(), json_data.code, partner_facts, actor=current_actor()
        )
        return document.as_json()

    return answer_once(json_data.model_dump_json(), create)


@bp.patch("/<code>")
@bp.input(PartnerChangeIn)
@bp.output(PartnerDocument)
def change(code: str, json_data: PartnerChangeIn) -> PartnerDocument:
    """Change what is told of a partner."""
    return partners_acts.change(services(), code, _told_of(json_data), actor=current_actor())


offer(bp, "/<code>/retirement", partners_acts.retire)


def _told_of(given: PartnerChangeIn) -> PartnerGiven:
    pem = [("certificates", certificate.encode()) for certificate in given.certificates]
    tls = given.tls_certificate
    return PartnerGiven(
        given.facts(),
        agencies=given.agencies,
        drop_agencies=given.drop_agencies,
        certificates=pem,
        tls_certificate=None if tls is None else ("tls_certificate", tls.encode()),
    )
