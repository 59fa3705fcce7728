"""Which pages a role is led to: those of the top bar, and the rows of tabs below some of them."""

from dataclasses import dataclass

from archive_service import access
from archive_service.domain.account import Actor, Role


@dataclass(frozen=True, slots=True)
class Place:
    """One page of the top bar: the key of its name, and the endpoint that shows it."""

    key: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a row: its key, the key of its name, its endpoint, and the act it needs."""

    key: str
    name: str
    endpoint: str
    act: str


_SEARCH = Place("search", "search.show")
_CASES = Place("case-files", "case_files.show_list")
_HOLDS = Place("holds", "holds.show_list")
_SIGNING = Place("signing", "signing.show")
_SCANNING = Place("scanning", "scanning.show")
_SYSTEM = Place("system", "system.overview")
_COLLECTION = Place("collection", "collection.show")

PLACES: dict[str, tuple[Place, ...]] = {
    "officer": (
        Place("my-case-files", "my_case_files.show"),
        _COLLECTION,
        _SEARCH,
        _SIGNING,
        _HOLDS,
    ),
    "archivist": (
        Place("desk", "desk.show"),
        _CASES,
        _SEARCH,
        _SCANNING,
        Place("formats", "formats.show"),
        Place("file-plans", "file_plans.show_list"),
        _COLLECTION,
        _SIGNING,
        _SYSTEM,
    ),
    "head": (
        Place("approvals", "approvals.show"),
        _CASES,
        _SEARCH,
        _SCANNING,
        _COLLECTION,
        _HOLDS,
        _SIGNING,
        _SYSTEM,
    ),
    "agency-head": (
        Place("approvals", "approvals.show"),
        _COLLECTION,
        _CASES,
        _SEARCH,
        _SIGNING,
        Place("keys", "keys.show"),
    ),
    "clerk": (_SIGNING, _CASES, _SEARCH),
    "station": (_SCANNING,),
    "reader": (_SEARCH,),
    "admin": (
        _SYSTEM,
        Place("agencies", "system.agencies"),
        Place("accounts", "system.accounts"),
        Place("file-plans", "file_plans.show_list"),
        Place("jobs", "jobs.show_list"),
    ),
    "auditor": (Place("audit", "audit.show"), _CASES, _COLLECTION, _HOLDS, _SYSTEM),
}

# Rows of tabs, by the page of the top bar that they hang from.
ROWS: dict[str, tuple[Tab, ...]] = {
    "collection": (
        Tab("collection", "pages.collection.title", "collection.show", "collection:list"),
        Tab(
            "collection-lists", "pages.collection.lists", "collection.show_lists", "collection:list"
        ),
        Tab(
            "keep-back",
            "pages.collection.keep-back",
            "collection.show_keep_back",
            "keep-back:list",
        ),
    ),
    "system": (
        Tab("overview", "pages.system.overview", "system.overview", "status:read"),
        Tab("incidents", "pages.incidents.title", "incidents.show", "incident:list"),
        Tab("agencies", "places.agencies", "system.agencies", "agency:add"),
        Tab("agency-fields", "pages.own_fields.title", "own_fields.show", "agency:add"),
        Tab("accounts", "places.accounts", "system.accounts", "account:list"),
        Tab("stations", "pages.scan_stations.title", "scanning_stations.show", "station:add"),
        Tab("fixity", "pages.fixity.title", "fixity.show", "fixity:check"),
        Tab("formats", "places.formats", "formats.show", "format:list"),
        Tab("keys", "pages.keys.title", "keys.show", "key:list"),
        Tab("announcements", "pages.announcements.title", "announcements.show", "status:read"),
        Tab("jobs", "places.jobs", "jobs.show_list", "job:list"),
    ),
    "scanning": (
        Tab("batches", "pages.scanning.batches", "scanning.show", "batch:list"),
        Tab(
            "digitization", "pages.scanning.case_files", "scanning.case_files", "digitization:list"
        ),
        Tab("words", "pages.scan_words.title", "scanning_words.show", "batch:edit"),
        Tab("stations", "pages.scan_stations.title", "scanning_stations.show", "station:list"),
        Tab("rereading", "pages.rereading.title", "rereading.show", "rereading:list"),
    ),
    "case-files": (
        Tab("case-files", "places.case-files", "case_files.show_list", "case-file:list"),
        Tab("fonds", "pages.fonds.title", "fonds.show", "fonds:list"),
        Tab("own-fields", "pages.own_fields.title", "own_fields.show", "own-field:list"),
        Tab("terms", "pages.terms.title", "terms.show", "term:list"),
        Tab("description-batches", "pages.many.batches", "many.show_list", "case-file:describe"),
        Tab("holds", "places.holds", "holds.show_list", "hold:list"),
        Tab(
            "schedules",
            "pages.schedules.title",
            "retention_schedules.show_list",
            "retention:list-schedules",
        ),
        Tab("due", "pages.due.title", "due_calendar.show", "disposition:list"),
        Tab(
            "dispositions", "pages.dispositions.title", "dispositions.show_list", "disposition:list"
        ),
        Tab("recalls", "places.recalls", "recalls.show_list", "recall:list"),
        Tab("handovers", "pages.handovers.title", "handovers.show_list", "handover:list"),
        Tab("deliveries", "pages.deliveries.title", "deliveries.show_list", "submission:list"),
        Tab("paper", "pages.paper.title", "paper.show", "paper:list"),
        Tab("outages", "pages.outages.title", "late_entries.show_outages", "outage:list"),
        Tab("reports", "places.reports", "reports.show_list", "report:read"),
    ),
}


def places(role: str) -> tuple[Place, ...]:
    """The pages of a role, its first page first."""
    return PLACES.get(role, ())


def row(of: str, actor: Actor) -> list[Tab]:
    """The tabs of a row that open for this account; none where one alone would stand there.

    What stands in the account's top bar is not said again, save to the administrator, whose
    bar is short cuts into the one row.
    """
    open_to = [tab for tab in ROWS[of] if access.may(actor, tab.act)]
    if actor.role is not Role.ADMIN:
        own = {place.key for place in places(actor.role.value)} - {of}
        open_to = [tab for tab in open_to if tab.key not in own]
    return open_to if len(open_to) > 1 else []


def here_in_bar(role: str, key: str) -> str:
    """The page of the top bar that is marked on the page ``key``: itself, or what it hangs from."""
    keys = [place.key for place in places(role)]
    if key in keys:
        return key
    hangs_from = (of for of, tabs in ROWS.items() if of in keys and key in {t.key for t in tabs})
    return next(hangs_from, key)
