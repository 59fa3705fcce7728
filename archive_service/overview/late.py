"""What is late and who holds it, as the first page of each role tells it."""

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for

from archive_service import clock
from archive_service.accounts.applications.acts import count_overdue
from archive_service.catalogue.use_requests.acts import list_access_requests
from archive_service.domain.case_files.access_request import AccessRequestState
from archive_service.domain.digitization.scan_batch import BatchState
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.signing.signing_request import SigningState
from archive_service.notices.incidents import list_incidents
from archive_service.office_hours import office_hours
from archive_service.request import current_actor, services
from archive_service.signing.desk.acts import list_requests
from archive_service.web.layout import t
from archive_service.web.people import people
from archive_service.workflow.upkeep import upkeep
from digitize.batches.queue.views import list_batches
from ingest.calling_in.acts import late_by_holder
from ingest.submissions.page_queries import late_of_colleagues
from retention.transfer.amounts import count_found
from retention.transfer.listing import waiting_here

bp = Blueprint("late", __name__, template_folder="templates")

_SHOWN = 4  # holders by name
_BATCHES = 200  # the newest are looked at
_WORKING_DAYS = 3  # after which a paper or a batch that waits is told as late
_WAITING = (BatchState.REVIEW, BatchState.STOPPED)


@dataclass(frozen=True, slots=True)
class Late:
    """How many of what are late, by the words for who holds them; where each of them is seen."""

    what: str  # the key of its words under ``pages.late``
    held: Counter[str]
    href: str


@bp.get("/late")
def show() -> str:
    """For a page that is there already; empty where nothing is late."""
    actor = current_actor()
    found = _late(actor)
    held = sorted(found.held.items(), key=lambda holder: (-holder[1], holder[0])) if found else []
    return render_template(
        "overview/_late.html",
        what=found.what if found else "",
        holders=held[:_SHOWN],
        total=sum(count for _, count in held),
        more=sum(count for _, count in held[_SHOWN:]),
        href=found.href if found else "",
        unfolded=bool(request.args.get("unfolded")),
        transfers=_transfers(actor),
    )


def _transfers(actor: Actor) -> int:
    """What other archives hand over and wait for; it shows nowhere else on an archivist's desk."""
    if actor.role is not Role.ARCHIVIST:
        return 0
    with services().read_only() as session:
        return count_found(session, waiting_here(actor=actor))


def _late(actor: Actor) -> Late | None:
    match actor.role:
        case Role.ARCHIVIST | Role.HEAD | Role.AGENCY_HEAD | Role.AUDITOR:
            return _called_in(actor)
        case Role.OFFICER:
            return _of_colleagues(actor)
        case Role.CLERK:
            return _to_sign(actor)
        case Role.STATION:
            return _scanned(actor)
        case Role.READER:
            return _asked_for(actor)
        case Role.ADMIN:
            return _in_trouble(actor)
        case Role.AGENCY_ADMIN:
            return _unanswered(actor)
    return None


def _called_in(actor: Actor) -> Late:
    whole = actor.agency_id is None
    held = Counter(
        {
            _named(tally.person, tally.unit, tally.agency if whole else ""): tally.late
            for tally in late_by_holder(services(), actor=actor)
        }
    )
    return Late("called_in", held, url_for("collection.show", state="late"))


def _of_colleagues(actor: Actor) -> Late:
    held = Counter(
        _named(entry.creator, entry.unit) for entry in late_of_colleagues(services(), actor=actor)
    )
    return Late("of_unit", held, url_for("my_case_files.show", whose="unit"))


def _to_sign(actor: Actor) -> Late:
    rows = list_requests(services(), actor=actor, state=SigningState.WAITING)
    rows = [row for row in rows if _is_old(clock.iso(row.requested_at))]
    return Late("to_sign", Counter(row.signer for row in rows), "")


def _scanned(actor: Actor) -> Late:
    rows, _ = list_batches(services(), actor=actor, states=_WAITING, limit=_BATCHES)
    held = Counter(
        t("pages.late.station" if row["tickets"] else "pages.late.scan_desk")
        for row in rows
        if _is_old(row["created_at"])
    )
    return Late("scanned", held, "")


def _asked_for(actor: Actor) -> Late:
    held = Counter(
        t(
            "pages.late.you"
            if access_request.state == AccessRequestState.CLARIFYING
            else "pages.late.archive"
        )
        for access_request in list_access_requests(services(), actor=actor).requests
        if access_request.overdue
    )
    return Late("asked_for", held, url_for("use_requests.show_list"))


def _in_trouble(actor: Actor) -> Late:
    with services().read_only() as session:
        rows = [
            {"owner": incident.owner}
            for incident in list_incidents(session, actor=actor)
            if _is_old(clock.iso(incident.opened_at))
        ]
    who = people(rows, "owner")
    held = Counter(who[row["owner"]] or t("pages.late.nobody") for row in rows)
    held.update(
        t(f"pages.system.{entry.what}") for entry in upkeep(services(), actor=actor) if entry.late
    )
    if asked := count_overdue(services(), actor=actor):
        held[t("pages.account_applications.title")] = asked
    return Late("in_trouble", held, url_for("incidents.show"))


def _unanswered(actor: Actor) -> Late:
    late = count_overdue(services(), actor=actor)
    held = Counter({t("pages.late.administrator"): late} if late else {})
    return Late("unanswered", held, url_for("account_applications.show_list"))


def _named(person: str, unit: str, agency: str = "") -> str:
    nobody = "" if unit else t("pages.collection.no_person")
    return ", ".join(filter(None, (person or nobody, unit, agency)))


def _is_old(since: str) -> bool:
    begun = clock.local(clock.parse_iso(since)).date()
    calendar = office_hours(services().settings.home)
    return calendar.working_days_after(begun, _WORKING_DAYS) < clock.today()
