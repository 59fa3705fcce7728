"""Which pages a role is led to: those of the top bar, and the rows of tabs below some of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from archive_service import access
from archive_service.domain.people.account import Actor, Role


@dataclass(frozen=True, slots=True)
class Place:
    """One page of the top bar: the key of its name, and the endpoint that shows it."""

    key: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a row: its key, the key of its name, its endpoint, and the act it needs.

    ``group``: the key of the name under which it stands where a row is too long for one line.
    """

    key: str
    name: str
    endpoint: str
    act: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a line of tabs; ``current`` is what ``aria-current`` says, empty elsewhere.

    ``count``: how much waits there, if anything.
    """

    name: str
    endpoint: str
    current: str
    count: int | None = None


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
        Place("reviews", "reviews.show_list"),
    ),
    "clerk": (_SIGNING, _CASES, _SEARCH),
    "station": (_SCANNING,),
    "reader": (_SEARCH, Place("use-requests", "use_requests.show_list")),
    "admin": (
        _SYSTEM,
        Place("agencies", "system.agencies"),
        Place("accounts", "system.accounts"),
        Place("file-plans", "file_plans.show_list"),
        Place("jobs", "jobs.show_list"),
    ),
    "agency-admin": (
        Place("accounts", "system.accounts"),
        Place("account-applications", "account_applications.show_list"),
        Place("rights", "gains.show"),
    ),
    "auditor": (Place("audit", "audit.show"), _CASES, _COLLECTION, _HOLDS, _SIGNING, _SYSTEM),
}

# Of who acts in another's stead: the pages of what was handed over.
_IN_STEAD = {
    "use-requests": Place("use-requests", "use_requests.show_list"),
    "access-modes": Place("approvals", "approvals.show"),
    "acceptance": Place("desk", "desk.show"),
    "recalls": Place("recalls", "recalls.show_list"),
    "keep-backs": _COLLECTION,
    "holds": _HOLDS,
}

# Groups of a long row.
_KEPT, _TERMS, _DESCRIBED, _HANDED, _TROUBLE, _SAFE, _SET_UP = (
    f"pages.rows.{name}"
    for name in ("kept", "terms", "described", "handed", "trouble", "safe", "set-up")
)

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
        Tab("incidents", "pages.incidents.title", "incidents.show", "incident:list", _TROUBLE),
        Tab("reviews", "pages.reviews.title", "reviews.show_list", "review:list", _TROUBLE),
        Tab("faults", "pages.faults.title", "faults.show_all", "fault:list", _TROUBLE),
        Tab(
            "announcements",
            "pages.announcements.title",
            "announcements.show",
            "status:read",
            _TROUBLE,
        ),
        Tab("fixity", "pages.fixity.title", "fixity.show", "fixity:check", _SAFE),
        Tab("formats", "places.formats", "formats.show", "format:list", _SAFE),
        Tab("keys", "pages.keys.title", "keys.show", "key:list", _SAFE),
        Tab("agencies", "places.agencies", "system.agencies", "agency:add", _SET_UP),
        Tab("accounts", "places.accounts", "system.accounts", "account:list", _SET_UP),
        Tab(
            "account-applications",
            "pages.account_applications.title",
            "account_applications.show_list",
            "account:list",
            _SET_UP,
        ),
        Tab("rights", "pages.gains.title", "gains.show", "rights:list", _SET_UP),
        Tab(
            "delegations",
            "pages.delegations.title",
            "delegations.show",
            "delegation:list",
            _SET_UP,
        ),
        Tab("agency-fields", "pages.own_fields.title", "own_fields.show", "agency:add", _SET_UP),
        Tab(
            "partner-archives",
            "pages.partners.title",
            "partners.show_list",
            "partner:keep",
            _SET_UP,
        ),
        Tab(
            "stations",
            "pages.scan_stations.title",
            "scanning_stations.show",
            "station:add",
            _SET_UP,
        ),
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
        Tab("case-files", "places.case-files", "case_files.show_list", "case-file:list", _KEPT),
        Tab("browse", "pages.browse.title", "browse.show", "case-file:list", _KEPT),
        Tab(
            "description-batches",
            "pages.many.batches",
            "many.show_list",
            "case-file:describe",
            _KEPT,
        ),
        Tab("recalls", "places.recalls", "recalls.show_list", "recall:list", _KEPT),
        Tab(
            "use-requests",
            "places.use-requests",
            "use_requests.show_list",
            "access-request:list",
            _KEPT,
        ),
        Tab("grants", "pages.grants.title", "grants.show_list", "grant:list", _KEPT),
        Tab("paper", "pages.paper.title", "paper.show", "paper:list", _KEPT),
        Tab("outages", "pages.outages.title", "late_entries.show_outages", "outage:list", _KEPT),
        Tab("due", "pages.due.title", "due_calendar.show", "disposition:list", _TERMS),
        Tab("holds", "places.holds", "holds.show_list", "hold:list", _TERMS),
        Tab(
            "dispositions",
            "pages.dispositions.title",
            "dispositions.show_list",
            "disposition:list",
            _TERMS,
        ),
        Tab(
            "schedules",
            "pages.schedules.title",
            "retention_schedules.show_list",
            "retention:list-schedules",
            _TERMS,
        ),
        Tab("fonds", "pages.fonds.title", "fonds.show", "fonds:list", _DESCRIBED),
        Tab(
            "own-fields", "pages.own_fields.title", "own_fields.show", "own-field:list", _DESCRIBED
        ),
        Tab("terms", "pages.terms.title", "terms.show", "term:list", _DESCRIBED),
        Tab("handovers", "pages.handovers.title", "handovers.show_list", "handover:list", _HANDED),
        Tab(
            "deliveries",
            "pages.deliveries.title",
            "deliveries.show_list",
            "submission:list",
            _HANDED,
        ),
        Tab("transfers", "pages.transfers.title", "transfers.show_list", "transfer:list", _HANDED),
        Tab(
            "transfer-calendar",
            "pages.transfer_calendar.title",
            "transfer_calendar.show_year",
            "transfer:list",
            _HANDED,
        ),
        Tab(
            "transfer-statistics",
            "pages.transfer_statistics.title",
            "transfer_statistics.show",
            "partner:list",
            _HANDED,
        ),
        Tab("partners", "pages.partners.title", "partners.show_list", "partner:list", _HANDED),
        Tab("reports", "places.reports", "reports.show_list", "report:read"),
    ),
}


def places(role: str) -> tuple[Place, ...]:
    """The pages of a role, its first page first."""
    return PLACES.get(role, ())


def bar(actor: Actor) -> tuple[Place, ...]:
    """The pages of the top bar: of the role or, in another's stead, of what was handed over."""
    if actor.stands_for is None:
        return places(actor.role.value)
    return (*(_IN_STEAD[duty] for duty in actor.stands_for.duties), _CASES)


def row(of: str, actor: Actor) -> list[Tab]:
    """The tabs of a row that open for this account; none where one alone would stand there.

    What stands in the account's top bar is not said again.
    """
    own = {place.key for place in bar(actor)} - {of}
    open_to = [tab for tab in ROWS[of] if tab.key not in own and access.may(actor, tab.act)]
    return open_to if len(open_to) > 1 else []


def lines(
    of: str, key: str, actor: Actor, waiting: Mapping[str, int] = MappingProxyType({})
) -> list[list[Line]]:
    """The line of tabs above the page ``key``; of a row with groups these first, then the page's.

    A group of which one page opens is that page. None where the page stands in no such row; above
    a page of the administrator's bar, whose entries are of the one row, the groups alone.
    ``waiting``: how much waits on a page, by its key.
    """
    tabs = row(of, actor)
    here = next((tab for tab in tabs if tab.key == key), None)
    if here is None and (actor.role is not Role.ADMIN or key not in {tab.key for tab in ROWS[of]}):
        return []
    groups: dict[str, list[Tab]] = {}
    for tab in tabs:
        groups.setdefault(tab.group or tab.name, []).append(tab)
    if len(groups) == 1:
        return [[_line(tab, here, waiting) for tab in tabs]]
    first = [
        _line(some[0], here, waiting)
        if len(some) == 1
        else Line(name, some[0].endpoint, "true" if here in some else "", _waits(some, waiting))
        for name, some in groups.items()
    ]
    if here is None:
        return [first]
    own = groups[here.group or here.name]
    return [first, [_line(tab, here, waiting) for tab in own]] if len(own) > 1 else [first]


def _line(tab: Tab, here: Tab | None, waiting: Mapping[str, int]) -> Line:
    return Line(tab.name, tab.endpoint, "page" if tab is here else "", _waits([tab], waiting))


def _waits(tabs: Sequence[Tab], waiting: Mapping[str, int]) -> int | None:
    return sum(waiting.get(tab.key, 0) for tab in tabs) or None


def here_in_bar(shown: Sequence[Place], key: str) -> str:
    """The page of the top bar that is marked on the page ``key``: itself, or what it hangs from."""
    keys = [place.key for place in shown]
    if key in keys:
        return key
    hangs_from = (of for of, tabs in ROWS.items() if of in keys and key in {t.key for t in tabs})
    return next(hangs_from, key)
