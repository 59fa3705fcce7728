"""Where a file plan stands: which act is open there, to whom, and where it leads.

Guards and the buttons of its page read this table. What an act needs beyond it, such as entries
or a reason, it asks itself.
"""

import enum
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import access
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanAmendment, FilePlanState
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, NotFoundError
from archive_service.transitions import Transition, Transitions


class FilePlanNotFoundError(NotFoundError):
    """No file plan bears this id."""


class FilePlanInForceError(ConflictError):
    """An approved plan is amended, never changed."""


class FilePlanNotInForceError(ConflictError):
    """As long as the plan is a draft, an entry is added to the draft itself."""


class FilePlanAmendmentMissingError(NotFoundError):
    """The plan has no amendment that is a draft."""


class Standing(enum.Enum):
    """The state of a plan, told apart by whether an amendment of it is in preparation."""

    DRAFT = "draft"
    IN_FORCE = "in-force"
    AMENDING = "amending"


def standing_of(plan: FilePlan) -> Standing:
    """Where the plan stands."""
    if plan.state is FilePlanState.DRAFT:
        return Standing.DRAFT
    return Standing.AMENDING if find_draft(plan) else Standing.IN_FORCE


def find_draft(plan: FilePlan) -> FilePlanAmendment | None:
    """The amendment that waits for approval."""
    drafts = (amendment for amendment in plan.amendments if amendment.state is FilePlanState.DRAFT)
    return next(drafts, None)


@dataclass(frozen=True, slots=True)
class PlanTransition(Transition[Standing]):
    """One act on a plan."""

    def is_open(self, row: Any) -> bool:  # Any: a plan
        """Whether the act is open where the plan stands."""
        return standing_of(row) in self.states


_WRITTEN = {Standing.IN_FORCE: FilePlanState.APPROVED}  # the others begin with a row of their own
_EDIT, _APPROVE = "file-plan:import", "file-plan:approve"
_DRAFT, _FORCE, _AMENDING = (Standing.DRAFT,), (Standing.IN_FORCE,), (Standing.AMENDING,)
_ACTS = {
    "import": PlanTransition(_EDIT, _DRAFT, _DRAFT),
    "edit": PlanTransition(_EDIT, _DRAFT),
    "approve": PlanTransition(_APPROVE, _DRAFT, _FORCE),
    "copy": PlanTransition(_EDIT, (*_DRAFT, *_FORCE, *_AMENDING)),  # another plan comes of it
    "sign": PlanTransition("file-plan:ask-signature", (*_FORCE, *_AMENDING)),
    "open-entry": PlanTransition("file-plan:open-entry", (*_FORCE, *_AMENDING), _AMENDING),
    "begin-amendment": PlanTransition(_EDIT, (*_FORCE, *_AMENDING), _AMENDING),
    "amend": PlanTransition(_EDIT, _AMENDING, _AMENDING),
    "discard-amendment": PlanTransition(_EDIT, _AMENDING, _FORCE),
    "approve-amendment": PlanTransition(_APPROVE, _AMENDING, _FORCE),
}


def _not_there(plan: FilePlan, act: str) -> ConflictError | NotFoundError:
    if plan.state is FilePlanState.DRAFT:
        return FilePlanNotInForceError(id=plan.id, year=plan.year)
    if Standing.DRAFT in TRANSITIONS[act].states:
        return FilePlanInForceError(year=plan.year)
    return FilePlanAmendmentMissingError(year=plan.year)


class PlanTransitions(Transitions[FilePlan, PlanTransition]):
    """The acts on a plan, told apart from the states of the rows that it consists of."""

    def move(self, row: FilePlan, act: str, to: Standing | None = None) -> None:
        """Put in force the amendment in preparation, or the locked plan itself; else refuse."""
        self.require_open(row, act)
        waiting = find_draft(row) or row
        waiting.state = _WRITTEN[self.acts[act].leads_to(to)]


TRANSITIONS = PlanTransitions(_ACTS, _not_there)


def open_acts(standing: Standing, actor: Actor) -> frozenset[str]:
    """The acts that are open there and the account's to do, of a plan that it may see."""
    return frozenset(
        act
        for act, transition in TRANSITIONS.items()
        if standing in transition.states and access.may(actor, transition.right)
    )


def find_plan(session: Session, plan_id: UUID, act: str, *, actor: Actor) -> FilePlan:
    """The plan with all that it holds, locked until the caller commits, for who may ``act``.

    Raises:
        FilePlanNotFoundError: no such plan.
        ActNotAllowedError: not for this agency.
    """
    access.require(actor, TRANSITIONS[act].right)
    plan = session.scalar(
        select(FilePlan)
        .where(FilePlan.id == plan_id)
        .options(
            selectinload(FilePlan.entries),
            selectinload(FilePlan.headings),
            selectinload(FilePlan.amendments),
        )
        .with_for_update(of=FilePlan)
    )
    if plan is None:
        raise FilePlanNotFoundError(id=plan_id)
    access.require(actor, TRANSITIONS[act].right, plan)
    return plan


def plan_for(session: Session, plan_id: UUID, act: str, *, actor: Actor) -> FilePlan:
    """As ``find_plan``, where the act is open.

    Raises:
        FilePlanNotFoundError, ActNotAllowedError, FilePlanInForceError, FilePlanNotInForceError
        FilePlanAmendmentMissingError
    """
    plan = find_plan(session, plan_id, act, actor=actor)
    TRANSITIONS.require_open(plan, act)
    return plan
