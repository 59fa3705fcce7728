"""Grants of reading by REST."""

from http import HTTPMethod

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.catalogue.grants.acts import end_grant, give_grant, list_grants
from archive_service.catalogue.grants.groups import (
    join_group,
    leave_group,
    list_groups,
    make_group,
)

bp = APIBlueprint("api_grants", __name__, tag="access", url_prefix="/grants")


offer(bp, "", list_grants, method=HTTPMethod.GET)
offer(bp, "/groups", list_groups, method=HTTPMethod.GET)
offer(bp, "/groups", make_group)
offer(bp, "/groups/<uuid:group_id>/members", join_group)
offer(bp, "/members/<uuid:member_id>/end", leave_group)
offer(bp, "", give_grant)
offer(bp, "/<uuid:grant_id>/end", end_grant)
