"""Rows that acts tell of: what the newest act of each says is what its row has to say.

Who decides on lists, transfers, partners, seals and schedules stands in the copies that way, and
not only in the database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.base import Base
from archive_service.domain.intake.collection import (
    COLLECTION,
    KEEP_BACK,
    CollectionList,
    KeepBack,
)
from archive_service.domain.keeping.act import Act
from archive_service.domain.retention.disposition import (
    DISPOSITION,
    CouncilMember,
    Disposition,
    DispositionPaper,
)
from archive_service.domain.retention.hold import HOLD_ORDER, HoldOrder
from archive_service.domain.retention.removal import REMOVAL, Removal
from archive_service.domain.retention.retention import RETENTION_SCHEDULE, RetentionSchedule
from archive_service.domain.signing.seal_custody import SEAL_CUSTODY, SealCustody
from archive_service.domain.transfer.partner import PARTNER, TransferPartner
from archive_service.domain.transfer.transfer import TRANSFER, Transfer
from archive_service.packaging.catalogue import as_json

# Kind of act -> the parts of its document with the rows that they are of; "": the document itself.
_TOLD: Mapping[str, Sequence[tuple[str, type[Base]]]] = {
    "agency": (("agency", Agency), ("fonds", Fonds)),
    DISPOSITION: (
        *(("disposition", Disposition), ("members", CouncilMember)),
        ("papers", DispositionPaper),
    ),
    HOLD_ORDER: (("", HoldOrder),),
    KEEP_BACK: (("", KeepBack),),
    COLLECTION: (("", CollectionList),),
    PARTNER: (("partner", TransferPartner),),
    REMOVAL: (("", Removal),),
    RETENTION_SCHEDULE: (("", RetentionSchedule),),
    SEAL_CUSTODY: (("", SealCustody),),
    TRANSFER: (("transfer", Transfer),),
}


def contradicted(session: Session, acts: Iterable[Act]) -> Iterator[Act]:
    """Those of these acts that are the newest of their subject, and that its rows contradict."""
    for act in acts:
        if act.kind in _TOLD and _is_newest(session, act) and any(_differing(session, act)):
            yield act


def _is_newest(session: Session, act: Act) -> bool:
    of_it = Act.kind == act.kind, Act.subject_id == act.subject_id
    newest = select(Act.id).where(*of_it).order_by(Act.at.desc(), Act.id.desc()).limit(1)
    return session.scalar(newest) == act.id


def _differing(session: Session, act: Act) -> Iterator[str]:
    """Names of what rows tell otherwise."""
    for part, kind in _TOLD[act.kind]:
        told = act.document.get(part, []) if part else act.document
        for one in [told] if isinstance(told, dict) else told:
            row = session.get(kind, UUID(one["id"]))
            if row is None:
                yield part or "id"
                continue
            yield from (
                name
                for name in (one.keys() & kind.__table__.columns.keys()) - _lost(row)
                if as_json(getattr(row, name)) != one[name]
            )


def _lost(row: Base) -> set[str]:
    """A partner may lose its account by a rebuild: no copy holds accounts."""
    return {"account_id"} if isinstance(row, TransferPartner) and not row.account_id else set()
