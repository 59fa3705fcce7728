"""What may be handed to a colleague: each duty with the acts that it needs.

Decisions alone, with what is read for them. Nobody hands over what is tied to their person (a seat
on a council, the custody of a seal, a signature of their own), what gives rights, or what the head
signs for: destruction, transfer, file plan, schedule.
"""

import enum

from archive_service import access
from archive_service.domain.people.account import Actor, Role

# With every duty: one's own notices, and the case files that it is about.
_ALWAYS = frozenset({"notice:list", "agency:list", "case-file:list", "case-file:read"})
RECEIVERS = (Role.OFFICER, Role.CLERK, Role.ARCHIVIST, Role.HEAD, Role.AGENCY_HEAD)


class HandedDuty(enum.StrEnum):
    """The name of a duty; its words are ``labels.duties``."""

    USE_REQUESTS = "use-requests"
    ACCESS_MODES = "access-modes"
    ACCEPTANCE = "acceptance"
    RECALLS = "recalls"
    KEEP_BACKS = "keep-backs"
    HOLDS = "holds"


# The act without which nobody has the duty comes first.
_ACTS: dict[HandedDuty, tuple[str, ...]] = {
    HandedDuty.USE_REQUESTS: ("access-request:decide", "access-request:list"),
    HandedDuty.ACCESS_MODES: ("access-mode:confirm", "case-file:history"),
    HandedDuty.ACCEPTANCE: (
        *("submission:accept", "submission:return", "submission:list", "submission:read"),
        "submission:recheck",
    ),
    HandedDuty.RECALLS: ("recall:decide", "recall:list"),
    HandedDuty.KEEP_BACKS: ("keep-back:decide", "keep-back:list", "collection:list"),
    HandedDuty.HOLDS: ("hold:place", "hold:lift", "hold:list"),
}


def has_duty(actor: Actor, duty: HandedDuty) -> bool:
    """Whether it is theirs to hand over."""
    return access.may(actor, _ACTS[duty][0])


def acts_of(duties: list[str]) -> frozenset[str]:
    """All that these duties need."""
    return _ALWAYS.union(*(_ACTS[HandedDuty(duty)] for duty in duties))


def gains(receiver: Actor, giver: Actor, duties: list[str]) -> bool:
    """Whether the receiver may anything by it that they may not do on their own."""
    reach = None if giver.agency_id is None else access.AtAgency(giver.agency_id)
    wider = giver.agency_id is None and receiver.agency_id is not None
    return wider or not all(access.may(receiver, act, reach) for act in acts_of(duties))
