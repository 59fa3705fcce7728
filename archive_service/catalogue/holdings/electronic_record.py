"""The standing "hồ sơ lưu trữ điện tử": since when a case file has it, and by which act.

A case file has it once every copy holds it, read back equal, and its paper half, where it has
one, was received. Nothing of it is kept beside the acts that give it.

Source:
    NĐ 30/2020/NĐ-CP, Điều 30: the archive checks what was handed in against the file plan, links
    the data to it correctly, and then keeps it as a hồ sơ lưu trữ điện tử in its system.
    That the paper half is waited for is our reading of "complete".
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState, complete_case_file
from archive_service.domain.keeping.audit_event import AuditEvent

STORED = "case-file:stored"
PAPER = "paper:received"


@dataclass(frozen=True, slots=True)
class ElectronicRecord:
    """``act`` is the tag of the event that gave the standing last of all that it needs."""

    act: str
    since: dt.datetime


def is_electronic_record() -> ColumnElement[bool]:
    """Whether a case file has the standing, as a condition of a question."""
    stays = (CaseFile.state == CaseState.STORED) & CaseFile.removing_since.is_(None)
    return stays & complete_case_file()


def keeps_standing(row: CaseFile) -> bool:
    """Whether every copy holds it and goes on to: not while it is being destroyed."""
    return row.state is CaseState.STORED and row.removing_since is None


def electronic_record(session: Session, row: CaseFile) -> ElectronicRecord | None:
    """Since when, and by which act; ``None`` for one that is not, or no more, of that standing."""
    if not keeps_standing(row) or not row.is_complete:
        return None
    moment = session.scalar(
        select(func.min(AuditEvent.at)).where(
            AuditEvent.subject_id == str(row.id), AuditEvent.tag == STORED
        )
    )
    # Rebuilt from a copy whose trail is lost, it tells when its first version was built.
    stored = row.versions[0].built_at if moment is None else clock.of_database(moment)
    paper = min((part.received_at for part in row.papers), default=stored)
    return ElectronicRecord(STORED, stored) if paper <= stored else ElectronicRecord(PAPER, paper)
