"""Which rows the act of each kind tells of, by the parts of its document."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from archive_service.domain.agencies.agency import (
    Agency,
    AgencyChange,
    AgencyIdentifier,
    AgencySuccession,
)
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanHeading
from archive_service.domain.agencies.fonds import Fonds, Series
from archive_service.domain.agencies.own_field import OWN_FIELD, OwnField
from archive_service.domain.agencies.term import TERM, Term
from archive_service.domain.base import Base
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.description_batch import (
    DESCRIPTION_BATCH,
    DescriptionBatch,
)
from archive_service.domain.case_files.mode_change import MODE_CHANGE, ModeChange
from archive_service.domain.case_files.recall import RECALL_ACT, Recall
from archive_service.domain.digitization.paper import HANDOVER, PaperHandover
from archive_service.domain.intake.collection import (
    COLLECTION,
    KEEP_BACK,
    CollectionList,
    KeepBack,
)
from archive_service.domain.intake.delivery import DELIVERY, Delivery
from archive_service.domain.intake.handover import HANDOVER_RECORD, HandoverItem, HandoverRecord
from archive_service.domain.intake.late_entry import LATE_ENTRY, LateEntry
from archive_service.domain.intake.outage import OUTAGE, Outage, ReservedNumber
from archive_service.domain.keeping.enrolled_copy import COPY_ACT, EnrolledCopy
from archive_service.domain.keeping.report import REGISTER, ClosedRegister
from archive_service.domain.retention.disposition import (
    DISPOSITION,
    CouncilMember,
    Disposition,
    DispositionItem,
    DispositionPaper,
)
from archive_service.domain.retention.hold import HOLD, HOLD_ORDER, Hold, HoldOrder
from archive_service.domain.retention.removal import REMOVAL, Removal
from archive_service.domain.retention.retention import (
    RETENTION_CHANGE,
    RETENTION_EVENT,
    RETENTION_SCHEDULE,
    RetentionChange,
    RetentionEvent,
    RetentionSchedule,
)
from archive_service.domain.signing.seal_custody import SEAL_CUSTODY, SealCustody
from archive_service.domain.signing.signing_request import SIGNED_PAPER, SigningRequest
from archive_service.domain.transfer.appointment import APPOINTMENT, TransferAppointment
from archive_service.domain.transfer.partner import (
    PARTNER,
    TransferPartner,
    TransferPartnerAgency,
)
from archive_service.domain.transfer.transfer import (
    TRANSFER,
    Transfer,
    TransferItem,
    TransferMessage,
)

AGENCY, FILE_PLAN, SERIES = "agency", "file-plan", "series"
# Kind of act -> the parts of its document with the rows that they are of; "": the document itself.
TOLD: Mapping[str, Sequence[tuple[str, type[Base]]]] = {
    AGENCY: (("agency", Agency), ("fonds", Fonds)),
    FILE_PLAN: (("", FilePlan), ("headings", FilePlanHeading), ("entries", FilePlanEntry)),
    SERIES: (("", Series),),
    OWN_FIELD: (("", OwnField),),
    TERM: (("", Term),),
    DESCRIPTION_BATCH: (("", DescriptionBatch),),
    MODE_CHANGE: (("", ModeChange),),
    RECALL_ACT: (("", Recall),),
    DELIVERY: (("row", Delivery),),
    HANDOVER_RECORD: (("", HandoverRecord),),
    HANDOVER: (("", PaperHandover),),
    LATE_ENTRY: (("", LateEntry),),
    OUTAGE: (("", Outage),),
    KEEP_BACK: (("", KeepBack),),
    COLLECTION: (("", CollectionList),),
    REGISTER: (("", ClosedRegister),),
    COPY_ACT: (("", EnrolledCopy),),
    DISPOSITION: (
        *(("disposition", Disposition), ("members", CouncilMember)),
        *(("papers", DispositionPaper), ("items", DispositionItem)),
    ),
    HOLD_ORDER: (("", HoldOrder),),
    HOLD: (("", Hold),),
    REMOVAL: (("", Removal), ("stub", CaseFile)),
    RETENTION_CHANGE: (("", RetentionChange),),
    RETENTION_EVENT: (("", RetentionEvent),),
    RETENTION_SCHEDULE: (("", RetentionSchedule),),
    SEAL_CUSTODY: (("", SealCustody),),
    SIGNED_PAPER: (("", SigningRequest),),
    PARTNER: (("partner", TransferPartner),),
    TRANSFER: (
        *(("transfer", Transfer), ("items", TransferItem)),
        ("message", TransferMessage),
    ),
    APPOINTMENT: (("appointment", TransferAppointment),),
}
# Rows that an act does not tell by an id of their own, but by its subject.
BY_SUBJECT: AbstractSet[type[Base]] = {EnrolledCopy, PaperHandover}
# Recalls go with what they were of; the digest of a list tells what was decided on.
MAY_BE_GONE: AbstractSet[type[Base]] = {DispositionItem, Recall}
# What alone is compared where other columns go on without an act: what a plan says of the case
# files to come, and not who opened one; how a delivery began, and not how far it is.
COMPARED: Mapping[type[Base], AbstractSet[str]] = {
    FilePlanEntry: {
        *("ordinal", "heading", "heading_id", "notation", "title", "term", "years", "permanent"),
        *("rule_code", "rule_set", "creator", "unit", "note"),
    },
    Delivery: {
        *("agency_id", "channel", "source", "submitted_by", "submitter", "received_at"),
        "content_sha256",
    },
    # That one is lifted which an order still holds, the trail tells: see ``log_of_rows``.
    Hold: {"order_id", "case_file_id", "fonds_id", "placed_at"},
    # How far an item is carried out has its events.
    DispositionItem: {
        *("disposition_id", "case_file_id", "ordinal", "code", "title", "ground", "keeper_id"),
        *("keeper_code", "outcome", "years", "reason", "edition", "ends_on", "documents"),
        "size_bytes",
    },
    ClosedRegister: {"name", "year", "closed_at", "closed_by", "sha256"},
    # What was destroyed or is another archive's now; of one that is here the package tells.
    CaseFile: {
        *("ocfl_id", "code", "title", "year", "start_date", "end_date", "accepted_by"),
        *("accepted_at", "receipt_number", "receipt_year", "receipt_sha256", "removing_since"),
    },
}
# Names of columns in documents, where these are others.
RENAMED: Mapping[type[Base], Mapping[str, str]] = {Term: {"merged_into": "merged_into_id"}}


class WholePart(NamedTuple):
    """A part of a document that tells each row of its subject: none stands beside these."""

    part: str
    owner: InstrumentedAttribute[Any]
    above: str = ""  # the part of the document that bears the subject's id
    but: ColumnElement[bool] | None = None


# Members have votes, papers signatures, entries a term; some entries are opened outside a plan.
WHOLE: Mapping[str, Sequence[WholePart]] = {
    DISPOSITION: (
        WholePart("members", CouncilMember.disposition_id, "disposition"),
        WholePart("papers", DispositionPaper.disposition_id, "disposition"),
    ),
    FILE_PLAN: (
        WholePart("headings", FilePlanHeading.plan_id),
        WholePart("entries", FilePlanEntry.plan_id, but=FilePlanEntry.outside.expression),
    ),
}


class ToldList(NamedTuple):
    """Rows without ids in an act: all of its subject are compared together.

    ``columns`` are those of other names than in the document; a list of words alone is of ``word``.
    """

    part: str
    owner: InstrumentedAttribute[Any]
    columns: Mapping[str, str] = {}
    word: str = ""


LISTS: Mapping[str, Sequence[ToldList]] = {
    AGENCY: (
        ToldList("fonds", Fonds.agency_id),
        ToldList("identifiers", AgencyIdentifier.agency_id),
        ToldList("changes", AgencyChange.agency_id),
        ToldList("predecessors", AgencySuccession.successor_id, {"id": "predecessor_id"}),
    ),
    OUTAGE: (ToldList("numbers", ReservedNumber.outage_id),),
    HANDOVER_RECORD: (
        ToldList("items", HandoverItem.handover_id, {"id": "submission_id", "code": "case_code"}),
    ),
    PARTNER: (ToldList("agencies", TransferPartnerAgency.partner_id, word="agency_id"),),
}
