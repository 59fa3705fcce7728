"""The paper half of case files, as the signed minutes in the copies tell of it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.digitization.paper import HANDOVER, PaperBox, PaperHandover, PaperPart
from archive_service.domain.keeping.act import Act

_TOLD = ("number", "giver", "receiver", "boxes", "sheets", "note", "rows")


def restore_handovers(session: Session) -> None:
    """Handovers that no old database carried over, with what was received by them.

    Boxes come back by their codes; where they stand, and what was moved or lent since, is in the
    audit trail and in a backup.
    """
    known = set(session.scalars(select(PaperHandover.id)))
    acts = select(Act).where(Act.kind == HANDOVER).order_by(Act.at)
    for act in session.scalars(acts).all():
        if UUID(act.subject_id) not in known:
            _restore(session, act)


def _restore(session: Session, act: Act) -> None:
    document: dict[str, Any] = act.document
    at = clock.parse_iso(document["at"])
    handover = PaperHandover(
        id=UUID(act.subject_id),
        at=at,
        sha256=act.companion_sha256,
        account=document["by"],
        **{name: document[name] for name in _TOLD},
    )
    session.add(handover)
    codes = {row["code"] for row in handover.rows}
    of_codes = select(CaseFile.code, CaseFile.agency_id).where(CaseFile.code.in_(codes))
    agencies = {code: agency_id for code, agency_id in session.execute(of_codes)}
    ordinals = dict.fromkeys(codes, 0)
    for row in handover.rows:
        code = row["code"]
        ordinals[code] += 1
        session.add(
            PaperPart(
                case_code=code,
                agency_id=agencies.get(code),
                ordinal=ordinals[code],
                box=_box(session, row["box"], handover) if row["box"] else None,
                handover=handover,
                sheets=row["sheets"],
                received_at=at,
            )
        )
    session.flush()


def _box(session: Session, code: str, handover: PaperHandover) -> PaperBox:
    box = session.scalar(select(PaperBox).where(PaperBox.code == code))
    if box is None:
        box = PaperBox(code=code, created_by=handover.account, created_at=handover.at)
        session.add(box)
    return box
