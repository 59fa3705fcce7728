"""Whether a home is fit for work in earnest: what is lacking, each with its remedy."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from archive_service import access, clock, messages
from archive_service.db.trail_guards import may_change_trail
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import ArchiveError, BackendError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.sandbox.confinement import Held, held_here
from archive_service.jobs.port import Lease
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.recovery.backup.calendar import calendar, independent_media
from archive_service.services import Services
from archive_service.settings import PROXY_SEEN
from archive_service.signing.trust.certificate import is_vouched_for
from archive_service.signing.trust.demo_authority import SHOWN_NAME, trusts_trial
from archive_service.signing.trust.roots import AnchorRole
from archive_service.status.documents import NeedDocument, ProductionDocument

WATCH_JOB = "watch-production"
UNFIT = "not-for-production"  # kind of the incident
HEADS = ("status.need", "status.state", "status.detail")  # of a table of needs, by their keys
MET, WAIVED, LACKING = "met", "waived", "lacking"
_ASKED_S = 30.0  # of a child that is to say what holds it
_SEEN_S = 7 * 86_400  # how long a proxy that was seen counts as being there


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that an archive in earnest has; ``reason`` is why it does without.

    ``detail`` is technical: by what it is met, where that differs from machine to machine.
    """

    check: str
    state: str
    reason: str = ""
    detail: str = ""

    def as_document(self, lang: str) -> NeedDocument:
        """As command and page tell it."""
        lacks = self.state == LACKING
        return NeedDocument.of_row(
            self,
            reason=self.reason or None,
            name=messages.text(f"production.{self.check}.name", lang),
            remedy=messages.text(f"production.{self.check}.remedy", lang) if lacks else "",
        )


def needs_of(services: Services) -> list[Need]:
    """All of them, in the order of the settings; opens the archive's key."""
    waived: dict[str, str] = {}
    waived.update(services.settings.production.waived.items())
    held = parsers_held()
    met = {check: is_met(services) for check, is_met in _CHECKS.items()}
    met["sandbox"] = held.is_whole
    details = {"sandbox": ", ".join(held.by)}
    return [
        Need(
            check,
            MET if is_met else WAIVED if check in waived else LACKING,
            "" if is_met else waived.get(check, ""),
            details.get(check, ""),
        )
        for check, is_met in met.items()
    ]


def production_document(
    services: Services, *, actor: Actor, lang: str = "vi"
) -> ProductionDocument:
    """What it needs; ``ActNotAllowedError``."""
    access.require(actor, "status:read")
    needs = needs_of(services)
    return ProductionDocument(
        ready=all(need.state != LACKING for need in needs),
        needs=[need.as_document(lang) for need in needs],
    )


def production_rows(document: ProductionDocument, lang: str) -> list[tuple[str, str, str]]:
    """Below ``HEADS``: each need, how it stands, and why or what to do."""
    return [
        (
            need.name,
            messages.text(f"badges.need.{need.state}", lang),
            need.reason or need.remedy or need.detail,
        )
        for need in document.needs
    ]


def watch_production(lease: Lease, services: Services) -> None:
    """One incident that names all that is lacking; closed once nothing is.

    A demo's home is never fit, and says so on each page.
    """
    lacking = [need.check for need in needs_of(services) if need.state == LACKING]
    archive = services.settings.archive.code
    with services.writing() as session:
        services.jobs.finish(session, lease)
        if lacking and not services.settings.is_demo:
            facts = {"checks": lacking}
            severity = IncidentSeverity.WARNING
            open_incident(session, UNFIT, archive, severity=severity, facts=facts)
        else:
            close_incident(session, UNFIT, archive)


def _has_backup_media(services: Services) -> bool:
    """As many as the calendar asks for, which one broken disk does not take together."""
    return independent_media(services.settings.backup.targets) >= calendar().media


def _has_real_key(services: Services) -> bool:
    """One of an authority that is trusted here.

    A token that is away is a key; that it is away is told elsewhere.
    """
    try:
        certificate = services.open_key().certificate
        is_trial = certificate.issuer == SHOWN_NAME
        return not is_trial and is_vouched_for(certificate, clock.now(), services.trust)
    except BackendError:
        return True
    except ArchiveError:
        return False


def _knows_proxies(services: Services) -> bool:
    """Unless a proxy was seen of late that no setting tells of."""
    if services.settings.web.proxies:
        return True
    try:
        return time.time() - (services.settings.home / PROXY_SEEN).stat().st_mtime > _SEEN_S
    except OSError:
        return True


def _keeps_trail(services: Services) -> bool:
    """On a server the service's own role may not change the trail."""
    with services.read_only() as session:
        return not may_change_trail(session.connection())


def _has_real_stamps(services: Services) -> bool:
    """A second service may be none at all, but no toy."""
    named = services.settings.timestamp
    return named.url not in ("none:", "demo:") and named.second_url != "demo:"


def parsers_held() -> Held:
    """What is in force around the parsers of received files, asked of one of them."""
    try:
        held = run_limited(held_here, limit_s=_ASKED_S)
    except BackendError:
        return Held()
    return Held() if isinstance(held, ParserFailure) else held


_CHECKS: dict[str, Callable[[Services], bool]] = {
    "trial": lambda services: not services.settings.is_demo,
    "copies": lambda services: len(services.copies) > 1,
    "backup": _has_backup_media,
    "malware": lambda services: services.settings.malware.url != "none:",
    "key": _has_real_key,
    "timestamp": _has_real_stamps,
    "state-root": lambda services: services.trust.has_role(AnchorRole.STATE),
    "trial-root": lambda services: not trusts_trial(services.trust),
    "proxies": _knows_proxies,
    "shell": lambda services: services.settings.accounts.shell == "login",
    "trail": _keeps_trail,
}
