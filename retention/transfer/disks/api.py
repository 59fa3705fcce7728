"""Media of a transfer: what is on each, when it was written, and where it is."""

from http import HTTPMethod
from uuid import UUID

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.given import Given
from archive_service.request import current_actor, services
from retention.transfer.disks import write as disks_write
from retention.transfer.disks.documents import MediaDocument

bp = APIBlueprint("api_transfers_media", __name__, tag="transfers", url_prefix="/transfers")


class PlaceIn(Given):
    """Where the medium is, or who carries it."""

    place: str


offer(bp, "/<uuid:transfer_id>/media", disks_write.media, method=HTTPMethod.GET)


@bp.post("/<uuid:transfer_id>/media/<int:number>/place")
@bp.input(PlaceIn)
@bp.output(MediaDocument)
def note_place(transfer_id: UUID, number: int, json_data: PlaceIn) -> MediaDocument:
    """Note where a medium is now; it stands in every copy."""
    actor = current_actor()
    disks_write.note_place(services(), transfer_id, number, json_data.place, actor=actor)
    return disks_write.media(services(), transfer_id, actor=actor, lang=language())
