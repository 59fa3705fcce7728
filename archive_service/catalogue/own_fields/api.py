"""Fields of an agency's own: defined, changed, retired."""

from http import HTTPMethod

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.catalogue.own_fields import acts as own_fields
from archive_service.catalogue.own_fields.documents import OwnFieldDocument, OwnFieldList
from archive_service.request import current_actor, services

bp = APIBlueprint("api_own_fields", __name__, tag="agencies", url_prefix="/own-fields")


@bp.get("")
@bp.output(OwnFieldList)
def list_all() -> OwnFieldList:
    """Fields of the agencies that the account may know of, retired ones too."""
    found = own_fields.list_all(services(), actor=current_actor())
    return OwnFieldList(own_fields=[OwnFieldDocument.of_row(field) for field in found])


offer(bp, "", own_fields.define, creates=True)
offer(bp, "/<uuid:field_id>", own_fields.change, method=HTTPMethod.PATCH)
