"""What may be open with a person, kind by kind, and what becomes of it when they leave."""

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from archive_service import clock
from archive_service.accounts.gains import rules
from archive_service.db.held import order_in_force
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanAmendment
from archive_service.domain.case_files.access_request import (
    OPEN_STATES,
    AccessRequest,
)
from archive_service.domain.case_files.description_batch import BatchState as DescriptionState
from archive_service.domain.case_files.description_batch import DescriptionBatch
from archive_service.domain.case_files.mode_change import ModeChange, ModeChangeState
from archive_service.domain.case_files.recall import Recall, RecallState
from archive_service.domain.digitization.rereading import OPEN_REREADINGS, Rereading
from archive_service.domain.digitization.scan_batch import OPEN_BATCHES, ScanBatch
from archive_service.domain.digitization.station import Station
from archive_service.domain.intake.collection import KeepBack, KeepBackState
from archive_service.domain.intake.delivery import Delivery
from archive_service.domain.intake.submission import OPEN, Submission, SubmissionState
from archive_service.domain.keeping.migration_batch import (
    OPEN_ITEMS,
    MigrationBatch,
    MigrationItem,
)
from archive_service.domain.people.account import AccessToken, Account, WebSession
from archive_service.domain.people.delegation import Delegation
from archive_service.domain.people.fault_report import FaultReport, FaultState
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.oidc import OidcBinding
from archive_service.domain.people.reader_group import GroupMember
from archive_service.domain.people.reading_grant import ReadingGrant
from archive_service.domain.people.review import REVIEW_PAPER
from archive_service.domain.people.rights_gain import GainState, RightsGain
from archive_service.domain.people.shelf import ShelfMark
from archive_service.domain.retention import disposition as lists
from archive_service.domain.retention.disposition import CouncilMember, Disposition
from archive_service.domain.retention.hold import HoldOrder
from archive_service.domain.retention.retention import RetentionSchedule, ScheduleState
from archive_service.domain.signing.copy_signing import SigningOrder
from archive_service.domain.signing.seal_custody import SealCustody
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.domain.transfer.transfer import OVER, Transfer
from ingest.transitions import TRANSITIONS


class Way(enum.StrEnum):
    """What becomes of it."""

    OVER = "over"  # another goes on with it, and stands in its row from now on
    ANSWER = "answer"  # waits for others; who asked stays named, and another hears the answer
    ENDS = "ends"  # is the person's own, and ends with the account
    FIRST = "first"  # is settled where it is kept, before the person leaves: with a paper


_Column = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of thing that may be open with a person.

    ``holds`` names them: an account's name, or its id where the column holds one. ``act`` is what
    who takes over, or keeps it in another role, must be allowed to do, for the agency of each.
    """

    kind: str  # its words: labels.leaving
    way: Way
    holds: _Column
    is_open: Callable[[], _Column]
    act: str = ""
    agency: _Column | None = None
    row: Any = None  # the table, where ``holds`` is no column of it
    puts: Callable[[Account], Mapping[str, Any]] = field(default=lambda _: {})  # by column

    @property
    def by_id(self) -> bool:
        """Whether ``holds`` is the account's id, and no name."""
        return str(getattr(self.holds, "key", "")).endswith("_id")

    def mine(self, account: Account) -> ColumnElement[bool]:
        """What of it is open with this account."""
        who = account.id if self.by_id else account.name
        return and_(self.holds == who, self.is_open())

    @property
    def table(self) -> Any:  # Any: each table has columns of its own
        """Whose rows they are."""
        return self.row or getattr(self.holds, "class_", None)


_KEEPER = case((Submission.keeper == "", Submission.submitted_by), else_=Submission.keeper)
_LATER = aliased(Submission)
_PLAN_OF = (
    select(FilePlan.agency_id).where(FilePlan.id == FilePlanAmendment.plan_id).scalar_subquery()
)
_LIST_OF = (
    select(Disposition.agency_id)
    .where(Disposition.id == CouncilMember.disposition_id)
    .scalar_subquery()
)
_DESCRIBED = (DescriptionState.JUDGING, DescriptionState.READY, DescriptionState.RUNNING)


def _undecided() -> ColumnElement[bool]:
    """Till it is decided, or a corrected one followed what was returned."""
    states = [
        state for state in TRANSITIONS["hand-over"].states if state is not SubmissionState.DRAFT
    ]
    followed = exists(select(_LATER.id).where(_LATER.follows_id == Submission.id))
    return and_(Submission.state.in_(states), ~followed)


def _items_open() -> ColumnElement[bool]:
    return exists(
        select(MigrationItem.id).where(
            MigrationItem.batch_id == MigrationBatch.id, MigrationItem.state.in_(OPEN_ITEMS)
        )
    )


def _seat_open() -> ColumnElement[bool]:
    heard = (lists.DispositionState.PROPOSED, lists.DispositionState.REVIEWED)
    open_list = exists(
        select(Disposition.id).where(
            Disposition.id == CouncilMember.disposition_id, Disposition.state.in_(heard)
        )
    )
    return and_(CouncilMember.voted_at.is_(None), open_list)


def _for_another() -> ColumnElement[bool]:
    """Asked at the counter for somebody who has no account, and not decided yet."""
    named = case((Account.display_name == "", Account.name), else_=Account.display_name)
    asker = select(named).where(Account.id == AccessRequest.asked_by_id).scalar_subquery()
    return and_(AccessRequest.state.in_(OPEN_STATES), AccessRequest.person != asker)


def _readable() -> ColumnElement[bool]:
    waits = and_(AccessRequest.state.in_(OPEN_STATES), ~_for_another())
    return or_(waits, AccessRequest.going_on())


def _goes_on() -> ColumnElement[bool]:
    return Delegation.open_on(clock.today())


def _paper_waits() -> ColumnElement[bool]:
    """But for a review of one's own: whoever comes after the leaver signs another one."""
    waits = SigningRequest.state == SigningState.WAITING
    return and_(waits, SigningRequest.subject_kind != REVIEW_PAPER)


def _taken() -> dict[str, dt.datetime]:
    return {"claimed_at": clock.now()}


DUTIES = (
    Duty(
        *("claims", Way.OVER, Submission.claimed_by),
        lambda: Submission.state.in_((*OPEN, SubmissionState.QUARANTINED)),
        *("submission:accept", Submission.agency_id),
        puts=lambda to: {"claimed_by": to.name} | _taken(),
    ),
    Duty(
        *("drafts", Way.OVER, _KEEPER),
        lambda: Submission.state == SubmissionState.DRAFT,
        *("draft:edit", Submission.agency_id, Submission),
        puts=lambda to: {"keeper": to.name},
    ),
    Duty(
        *("submissions", Way.OVER, _KEEPER),
        _undecided,
        *("draft:edit", Submission.agency_id, Submission),
        puts=lambda to: {"keeper": to.name},
    ),
    Duty(
        *("signing", Way.OVER, SigningRequest.account),
        _paper_waits,
        *("signing:sign", SigningRequest.agency_id),
        puts=lambda to: {
            "account": to.name,
            "signer_name": case(
                (SigningRequest.with_seal, SigningRequest.signer_name),
                else_=to.person,
            ),
            "signer_identifier": "",
        },
    ),
    Duty(
        *("signing-asked", Way.OVER, SigningRequest.requested_by),
        _paper_waits,
        *("signing:request", SigningRequest.agency_id),
        puts=lambda to: {"requested_by": to.name},
    ),
    Duty(
        *("seal-orders", Way.OVER, SigningOrder.account),
        lambda: SigningOrder.ended_at.is_(None),
        *("copy:sign", SigningOrder.agency_id),
        puts=lambda to: {"account": to.name},
    ),
    Duty(
        *("descriptions", Way.OVER, DescriptionBatch.made_by),
        lambda: DescriptionBatch.state.in_(_DESCRIBED),
        *("case-file:describe", DescriptionBatch.agency_id),
        puts=lambda to: {"made_by": to.name, "os_user": ""},
    ),
    Duty(
        *("schedules", Way.OVER, RetentionSchedule.loaded_by),
        lambda: RetentionSchedule.state == ScheduleState.DRAFT,
        "retention:load-schedule",
        puts=lambda to: {"loaded_by": to.name},
    ),
    Duty(
        *("incidents", Way.OVER, Incident.owner),
        lambda: Incident.closed_at.is_(None),
        "incident:take",
        puts=lambda to: {"owner": to.name},
    ),
    Duty(
        *("requests-for-others", Way.OVER, AccessRequest.asked_by_id),
        _for_another,
        *("access-request:make", AccessRequest.agency_id),
        puts=lambda to: {"asked_by_id": to.id, "asked_by": to.name},
    ),
    Duty(
        *("answers", Way.OVER, Account.handed_to_id),
        lambda: ~Account.active,
        "notice:list",
        puts=lambda to: {"handed_to_id": to.id},
    ),
    Duty(
        *("mode-changes", Way.ANSWER, ModeChange.asked_by),
        lambda: ModeChange.state == ModeChangeState.WAITING,
        *("case-file:describe", ModeChange.agency_id),
    ),
    Duty(
        *("recalls", Way.ANSWER, Recall.asked_by),
        lambda: Recall.state == RecallState.ASKED,
        *("recall:ask", Recall.agency_id),
    ),
    Duty(
        *("keep-backs", Way.ANSWER, KeepBack.asked_by),
        lambda: KeepBack.state == KeepBackState.ASKED,
        *("keep-back:list", KeepBack.agency_id),
    ),
    Duty(
        *("dispositions", Way.ANSWER, Disposition.proposed_by),
        lambda: Disposition.state.in_(lists.OPEN_STATES),
        *("disposition:list", Disposition.agency_id),
    ),
    Duty(
        *("transfers", Way.ANSWER, Transfer.composed_by),
        lambda: Transfer.state.not_in(OVER),
        *("transfer:list", Transfer.agency_id),
    ),
    Duty(
        *("holds", Way.ANSWER, HoldOrder.placed_by),
        order_in_force,
        "hold:list",
    ),
    Duty(
        *("migrations", Way.ANSWER, MigrationBatch.proposed_by),
        _items_open,
        "format:list",
    ),
    Duty(
        *("rereadings", Way.ANSWER, Rereading.proposed_by),
        lambda: Rereading.state.in_(OPEN_REREADINGS),
        "rereading:list",
    ),
    Duty(
        *("scan-batches", Way.ANSWER, ScanBatch.created_by),
        lambda: ScanBatch.state.in_(OPEN_BATCHES),
        *("batch:read", ScanBatch.agency_id),
    ),
    Duty(
        *("deliveries", Way.ANSWER, Delivery.submitted_by),
        lambda: Delivery.settled_at.is_(None),
        *("submission:create", Delivery.agency_id),
    ),
    Duty(
        *("file-plans", Way.ANSWER, FilePlanAmendment.created_by),
        lambda: FilePlanAmendment.approved_at.is_(None),
        *("file-plan:import", _PLAN_OF),
    ),
    Duty(
        *("faults", Way.ANSWER, FaultReport.reported_by),
        lambda: FaultReport.state != FaultState.DONE,
        "notice:list",
    ),
    Duty(
        *("rights-asked", Way.ANSWER, RightsGain.asked_by),
        lambda: RightsGain.state == GainState.WAITING,
        "rights:list",
    ),
    Duty(
        *("rights", Way.ENDS, RightsGain.account_id),
        lambda: rules.OPEN,
    ),
    Duty(
        *("access-requests", Way.ENDS, AccessRequest.asked_by_id),
        _readable,
    ),
    Duty(
        *("duties-given", Way.ENDS, Delegation.giver_id),
        _goes_on,
    ),
    Duty(
        *("duties-received", Way.ENDS, Delegation.receiver_id),
        _goes_on,
    ),
    Duty(
        *("grants", Way.ENDS, ReadingGrant.account_id),
        lambda: ReadingGrant.open_on(clock.today()),
    ),
    Duty(
        *("groups", Way.ENDS, GroupMember.account_id),
        lambda: GroupMember.open_on(clock.today()),
    ),
    Duty(
        *("tokens", Way.ENDS, AccessToken.account_id),
        lambda: and_(AccessToken.revoked_at.is_(None), AccessToken.expires_at > clock.now()),
    ),
    Duty(
        *("binding", Way.ENDS, OidcBinding.account_id),
        lambda: OidcBinding.ended_at.is_(None),
    ),
    Duty(
        *("sessions", Way.ENDS, WebSession.account_id),
        lambda: WebSession.revoked_at.is_(None),
    ),
    Duty(
        *("shelf", Way.ENDS, ShelfMark.account_id),
        lambda: ShelfMark.id.is_not(None),
    ),
    Duty(
        *("seals", Way.FIRST, SealCustody.account),
        lambda: SealCustody.returned_at.is_(None),
        *("seal:use", SealCustody.agency_id),
    ),
    Duty(
        *("council-seats", Way.FIRST, CouncilMember.account),
        _seat_open,
        *("disposition:vote", _LIST_OF),
    ),
    Duty(
        *("stations", Way.FIRST, Station.account_id),
        lambda: Station.active,
    ),
    Duty(
        *("partners", Way.FIRST, TransferPartner.account_id),
        lambda: TransferPartner.active,
    ),
)
