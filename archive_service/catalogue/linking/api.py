"""A document in several case files: linked into another one, and taken out again."""

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.catalogue.linking import acts as linking_acts

bp = APIBlueprint("api_linking", __name__, tag="case-files", url_prefix="/case-files")
offer(bp, "/<code>/documents/<int:ordinal>/links", linking_acts.link, creates=True)
offer(bp, "/<code>/documents/<int:ordinal>/unlink", linking_acts.end_link)
