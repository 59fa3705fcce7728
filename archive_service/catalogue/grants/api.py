"""Grants of reading by REST."""

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.catalogue.grants.acts import end_grant, give_grant, list_grants
from archive_service.catalogue.grants.documents import GrantList
from archive_service.catalogue.grants.group_documents import GroupList
from archive_service.catalogue.grants.groups import (
    join_group,
    leave_group,
    list_groups,
    make_group,
)
from archive_service.request import current_actor, services

bp = APIBlueprint("api_grants", __name__, tag="access", url_prefix="/grants")


@bp.get("")
@bp.output(GrantList)
def list_all() -> GrantList:
    """What counts or may yet, the first to end first; then what ended. Readers see their own."""
    return list_grants(services(), actor=current_actor())


@bp.get("/groups")
@bp.output(GroupList)
def list_all_groups() -> GroupList:
    """Groups by name with their members; a reader sees those that they are in."""
    return list_groups(services(), actor=current_actor())


offer(bp, "/groups", make_group)
offer(bp, "/groups/<uuid:group_id>/members", join_group)
offer(bp, "/members/<uuid:member_id>/end", leave_group)
offer(bp, "", give_grant)
offer(bp, "/<uuid:grant_id>/end", end_grant)
