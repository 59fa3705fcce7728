"""What the papers of a transfer are filled from, read from its rows a few at a time."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.acts import display_names, posts_of
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds, Series
from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.digitization.paper import PaperPart
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    GOING,
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMedium,
)
from archive_service.settings import ArchiveSettings
from archive_service.text import nfc
from retention.transfer.documents import refusal_words
from retention.transfer.items import parts_of
from retention.transfer.papers.file_form import (
    Medium,
    Outcome,
    Sums,
    TransferFile,
    TransferLine,
    said,
)
from retention.transfer.papers.kinds import bases
from retention.transfer.register.deadlines import answer_working_days

_NOT_SCANNED = "not-scanned"  # how codes of what no scanner looked through begin
_State = TransferItemState
_TOLD = tuple(state for state in _State if state is not _State.REFUSED)  # stood on the register
_OUTCOMES = {
    _State.DECLINED: Outcome.DECLINED,
    _State.STOPPED: Outcome.STOPPED,
    _State.RECALLED: Outcome.STOPPED,
    _State.RECEIPTED: Outcome.ACCEPTED,
    _State.TRANSFERRED: Outcome.ACCEPTED,
    _State.REMOVED: Outcome.ACCEPTED,
    _State.STORED: Outcome.ACCEPTED,
    _State.RETURNED: Outcome.RETURNED,
    _State.AWAITED: Outcome.AWAITED,
    _State.ARRIVED: Outcome.AWAITED,
    _State.ACCEPTED: Outcome.TAKEN,
}


@dataclass(frozen=True, slots=True)
class _CaseFacts:
    """What the papers tell of a case file that its item does not."""

    began: str = ""
    ended: str = ""
    group: str = ""
    digitized: bool = False
    arc_file_code: str = ""
    pages: int = 0
    on_paper: bool = False


@dataclass(frozen=True, slots=True)
class TransferLines:
    """The case files of the transfer as papers tell them; each reading asks the rows anew."""

    session: Session
    row: Transfer

    def __iter__(self) -> Iterator[TransferLine]:
        for part in parts_of(self.session, self.row.id, *_TOLD):
            facts = _facts_of(self.session, part)
            for item in part:
                yield _line(self.row, item, facts.get(item.case_file_id, _CaseFacts()))


def transfer_file(
    session: Session,
    row: Transfer,
    archive: ArchiveSettings,
    *,
    on: dt.date,
    words: Mapping[str, str],
    numbers: Mapping[str, str],
) -> TransferFile:
    """All that the papers of the transfer say; good while ``session`` is open.

    Args:
        on: the day of the paper.
        words: the archivist's own, by section of the explanation.
        numbers: of papers, by kind.
    """
    agency = session.get_one(Agency, row.agency_id)
    lines = TransferLines(session, row)
    going_out = row.direction is TransferDirection.OUT
    return TransferFile(
        row=row,
        number=row.name if going_out else row.partner_number or row.name,
        number_there="" if going_out or not row.partner_number else row.name,
        archive=archive.name,
        archive_above=nfc(archive.superior),
        place=archive.place,
        on=on,
        agency=agency.name,
        giver=archive.name if going_out else row.partner,
        receiver=row.partner if going_out else archive.name,
        lines=lines,
        sums=Sums.of_lines(lines),
        **fonds_told(session, row),
        **_people_told(session, row),
        hand_over_by=_hand_over_by(session, row),
        answer_days=answer_working_days(),
        approved_on=_local_day(row.approved_at),
        register_number=row.register_number or numbers.get("register", ""),
        received_on=_local_day(row.received_at),
        unscanned=_unscanned(session, row),
        numbers=numbers,
        basis=bases(),
        words=words,
        media=_media(session, row),
    )


def _facts_of(session: Session, part: Sequence[TransferItem]) -> dict[UUID | None, _CaseFacts]:
    """Of those whose case file is here, in two statements."""
    ids = [item.case_file_id for item in part if item.case_file_id is not None]
    paper = set(
        session.scalars(
            select(PaperPart.case_code).where(
                PaperPart.case_code.in_([transfer_item.code for transfer_item in part])
            )
        )
    )
    query = (
        select(
            CaseFile.id,
            CaseFile.code,
            CaseFile.start_date,
            CaseFile.end_date,
            CaseFile.digitization,
            CaseFile.arc_file_code,
            CaseFile.number_of_page,
            Series.code.label("series"),
            Series.title,
        )
        .outerjoin(Series, Series.id == CaseFile.series_id)
        .where(CaseFile.id.in_(ids))
    )
    return {
        row.id: _CaseFacts(
            began=row.start_date or "",
            ended=row.end_date or "",
            group=f"{row.series}. {row.title}" if row.series else "",
            digitized=row.digitization is Digitization.DONE,
            arc_file_code=row.arc_file_code,
            pages=row.number_of_page,
            on_paper=row.code in paper,
        )
        for row in session.execute(query)
    }


def _line(row: Transfer, item: TransferItem, facts: _CaseFacts) -> TransferLine:
    outcome = _OUTCOMES.get(item.state, Outcome.LISTED)
    refusal = item.refusal and Refusal(item.refusal["code"], item.refusal["facts"])
    taken_here = row.direction is TransferDirection.IN and outcome is Outcome.ACCEPTED
    told_there = str((item.receipt or {}).get("arc_file_code", ""))
    return TransferLine(
        ordinal=item.ordinal,
        code=item.code,
        title=item.title,
        began=facts.began,
        ended=facts.ended,
        documents=item.documents,
        pages=item.pages or facts.pages,  # a manifest does not tell them
        term=said("permanent"),
        outcome=outcome,
        reason=refusal_words(refusal, "vi") if refusal else item.reason,
        receipt=told_there or (facts.arc_file_code if taken_here else ""),
        sha256=item.sha256 or "",
        size_bytes=item.size_bytes,
        group=facts.group,
        digitized=item.package == "aip" if item.package else facts.digitized,
        on_paper=facts.on_paper,
    )


def fonds_told(session: Session, row: Transfer) -> dict[str, str]:
    """Names, histories and plans of arrangement of the fonds that the case files are of.

    Of what is announced and not here yet the names that its register tells.
    """
    of_these = (
        select(CaseFile.fonds_id)
        .join(TransferItem, TransferItem.case_file_id == CaseFile.id)
        .where(TransferItem.transfer_id == row.id, TransferItem.state != _State.REFUSED)
    )
    found = session.scalars(select(Fonds).where(Fonds.id.in_(of_these)).order_by(Fonds.code)).all()
    word = said("fonds-word")
    return {
        "fonds": "; ".join(
            f"{fonds.name.removeprefix(word).strip()} ({fonds.code})" for fonds in found
        )
        or row.fonds,
        "fonds_history": "\n".join(fonds.history for fonds in found if fonds.history),
        "classification": "\n".join(
            fonds.classification for fonds in found if fonds.classification
        ),
    }


def _people_told(session: Session, row: Transfer) -> dict[str, str]:
    """Who did what of it, as papers name them: with the post where that is known."""
    did = [account for account in (row.composed_by, row.approved_by, row.decided_by) if account]
    names, posts = display_names(session, did), posts_of(session, did)

    def person(account: str | None) -> str:
        if not account:
            return ""
        return ", ".join(filter(None, (names.get(account, account), posts.get(account, ""))))

    going_out = row.direction is TransferDirection.OUT
    return {
        "composed_by": names.get(row.composed_by, row.composed_by) if going_out else "",
        "approved_by": names.get(row.approved_by or "", row.approved_by or ""),
        "giver_person": person(row.composed_by) if going_out else "",
        "receiver_person": person(row.decided_by) if not going_out else "",
    }


def _unscanned(session: Session, row: Transfer) -> int:
    query = (
        select(func.count(TransferItem.id.distinct()))
        .join(FindingRow, FindingRow.submission_id == TransferItem.submission_id)
        .where(TransferItem.transfer_id == row.id, TransferItem.state == _State.STORED)
        .where(FindingRow.code.startswith(_NOT_SCANNED))
    )
    return session.scalar(query) or 0


def _hand_over_by(session: Session, row: Transfer) -> dt.date | None:
    query = select(func.min(TransferItem.due_on)).where(
        TransferItem.transfer_id == row.id,
        TransferItem.state.in_((*GOING, _State.SENT, _State.AWAITED)),
    )
    return session.scalar(query)


def _media(session: Session, row: Transfer) -> list[Medium]:
    query = select(TransferMedium).where(TransferMedium.transfer_id == row.id)
    return [
        Medium(
            number=transfer_medium.number,
            label=transfer_medium.label,
            packages=transfer_medium.packages,
            size_bytes=transfer_medium.size_bytes,
            sums_sha256=transfer_medium.sums_sha256 or "",
            place=transfer_medium.place,
            written_on=_local_day(transfer_medium.written_at),
        )
        for transfer_medium in session.scalars(query.order_by(TransferMedium.number))
    ]


def _local_day(moment: dt.datetime | None) -> dt.date | None:
    return None if moment is None else clock.local(moment).date()
