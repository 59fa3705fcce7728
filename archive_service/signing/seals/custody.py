"""Who has an agency's seal key in hand: rows, and the acts that bring them back."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.numbers import coming_number, draw_number
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.job import FormNumber
from archive_service.domain.signing.seal_custody import MINUTES_SYMBOL, SEAL_CUSTODY, SealCustody
from archive_service.forms.numbers import format_number, parse_number


def open_custody(session: Session, fingerprint: str, account: str) -> SealCustody | None:
    """The custody of this key by this clerk that has not ended."""
    return session.scalar(
        select(SealCustody).where(
            SealCustody.fingerprint == fingerprint,
            SealCustody.account == account,
            SealCustody.returned_at.is_(None),
        )
    )


def holders(session: Session, *, agency_id: UUID | None = None) -> list[SealCustody]:
    """Every custody that has not ended, the earliest first."""
    query = select(SealCustody).where(SealCustody.returned_at.is_(None))
    if agency_id is not None:
        query = query.where(SealCustody.agency_id == agency_id)
    return list(session.scalars(query.order_by(SealCustody.handed_at, SealCustody.id)))


def coming_minutes(session: Session, year: int) -> str:
    """The number that ``draw_minutes`` would give now; other minutes may take it first."""
    return format_number(coming_number(session, SEAL_CUSTODY, year), MINUTES_SYMBOL)


def draw_minutes(session: Session, year: int) -> str:
    """The number of the next minutes; without gap or double if the caller commits."""
    return format_number(draw_number(session, SEAL_CUSTODY, year), MINUTES_SYMBOL)


def record_custody_act(
    session: Session, custody: SealCustody, *, minutes_sha256: str, at: dt.datetime
) -> None:
    """The state of a custody, with its minutes, on its way into ``acts/`` of every copy."""
    session.add(
        Act(
            kind=SEAL_CUSTODY,
            subject_id=str(custody.id),
            at=at,
            document={
                "id": str(custody.id),
                "agency_id": str(custody.agency_id),
                "key": custody.key,
                "fingerprint": custody.fingerprint,
                "account": custody.account,
                "holder": custody.holder,
                "number": custody.number,
                "year": custody.year,
                "handed_at": clock.iso(custody.handed_at),
                "handed_by": custody.handed_by,
                "returned_number": custody.returned_number,
                "returned_year": custody.returned_year,
                "returned_at": custody.returned_at and clock.iso(custody.returned_at),
                "returned_to": custody.returned_to,
            },
            companion_sha256=minutes_sha256,
            companion_suffix="pdf",
        )
    )


def restore_custodies(session: Session, bodies: Iterable[dict[str, Any]]) -> None:
    """The rows of the newest acts, and the counters of their minutes as they stood."""
    last: dict[int, int] = {}
    for body in bodies:
        ended = body["returned_at"]
        session.add(
            SealCustody(
                id=UUID(body["id"]),
                agency_id=UUID(body["agency_id"]),
                key=body["key"],
                fingerprint=body["fingerprint"],
                account=body["account"],
                holder=body["holder"],
                number=body["number"],
                year=body["year"],
                handed_at=clock.parse_iso(body["handed_at"]),
                handed_by=body["handed_by"],
                returned_number=body["returned_number"],
                returned_year=body["returned_year"],
                returned_at=clock.parse_iso(ended) if ended else None,
                returned_to=body["returned_to"],
            )
        )
        for number, year in (
            (body["number"], body["year"]),
            (body["returned_number"], body["returned_year"]),
        ):
            if number:
                last[year] = max(last.get(year, 0), parse_number(number).number)
    session.add_all(
        FormNumber(form=SEAL_CUSTODY, year=year, last=number) for year, number in last.items()
    )
