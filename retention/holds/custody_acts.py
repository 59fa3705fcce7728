"""Holds and orders in the copies: what each act tells, and rows written from them again."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.acts import newest_bodies, of_case_files
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Role
from archive_service.domain.retention.hold import (
    HOLD,
    HOLD_ORDER,
    HOLD_ROWS,
    Hold,
    HoldOrder,
    HoldScope,
)
from archive_service.packaging.catalogue import plain_row

ROWS_AT_ONCE = 500  # of one statement
ROWS_OF_AN_ACT = 5000
_ORDER = (
    *("id", "scope", "search", "case_files", "reason", "authority", "until"),
    *("placed_by", "placed_role", "placed_at"),
)
_HOLD = (
    *("id", "order_id", "case_file_id", "fonds_id", "reason", "authority"),
    *("placed_by", "placed_at", "lift_reason", "lifted_by", "lifted_at"),
)


@dataclass(frozen=True, slots=True)
class Lifted:
    """When, by whom and why a hold ended."""

    at: dt.datetime
    by: str
    reason: str

    def as_columns(self) -> dict[str, Any]:
        """As the row of a hold keeps it."""
        return {"lifted_at": self.at, "lifted_by": self.by, "lift_reason": self.reason}


@dataclass(frozen=True, slots=True)
class Restored:
    """Case files whose locks are asked anew one by one, and orders whose are asked in one go."""

    case_files: set[UUID]
    orders: list[UUID]


def keep_order(session: Session, order: HoldOrder, lifted: Lifted | None = None) -> None:
    """The order on its way into every copy; ``lifted``: all of it that was still in force."""
    ended = lifted and {"at": clock.iso(lifted.at), "by": lifted.by, "reason": lifted.reason}
    body = plain_row(order, _ORDER) | {"lifted": ended}
    at = order.placed_at if lifted is None else lifted.at
    session.add(Act(kind=HOLD_ORDER, subject_id=str(order.id), at=at, document=body))


def keep_hold(session: Session, hold: Hold, code: str) -> None:
    """A hold as it is now; ``code`` of the case file, or of the fonds."""
    body = plain_row(hold, _HOLD) | {"code": code}
    at = hold.lifted_at or hold.placed_at
    session.add(Act(kind=HOLD, subject_id=str(hold.id), at=at, document=body))


def keep_rows(session: Session, order: HoldOrder, case_file_ids: Sequence[UUID]) -> None:
    """Which case files an order on a search holds, in as many acts as it takes."""
    for start in range(0, len(case_file_ids), ROWS_OF_AN_ACT):
        some = [str(identifier) for identifier in case_file_ids[start : start + ROWS_OF_AN_ACT]]
        body = {"order_id": str(order.id), "case_files": some}
        subject = f"{order.id}/{start // ROWS_OF_AN_ACT}"
        session.add(Act(kind=HOLD_ROWS, subject_id=subject, at=order.placed_at, document=body))


def row_id(order_id: UUID, case_file_id: UUID) -> UUID:
    """Of the hold on one case file by an order on a search: the same in every rebuild."""
    return uuid5(order_id, str(case_file_id))


def write_rows(
    session: Session, order: HoldOrder, case_file_ids: Sequence[UUID], lifted: Lifted | None = None
) -> None:
    """A hold for each of these case files, in few statements."""
    ended = {"lifted_at": None, "lifted_by": "", "lift_reason": ""}
    common = (ended if lifted is None else lifted.as_columns()) | {
        "order_id": order.id,
        "placed_at": order.placed_at,
    }
    for start in range(0, len(case_file_ids), ROWS_OF_AN_ACT):
        some = case_file_ids[start : start + ROWS_OF_AN_ACT]
        rows = [
            common | {"id": row_id(order.id, identifier), "case_file_id": identifier}
            for identifier in some
        ]
        session.execute(insert(Hold.__table__), rows)  # type: ignore[arg-type]  # a Table


def restore_holds(session: Session) -> Restored:
    """Rows of the newest acts, once acts, fonds and case files are back.

    The store's locks are asked and set anew: what they are is not told in acts.
    """
    lifted: dict[UUID, Lifted | None] = {}
    orders: dict[UUID, HoldOrder] = {}
    for body in newest_bodies(session, HOLD_ORDER):
        order = _order_of(body, UUID(body["id"]), body["scope"], body["case_files"])
        orders[order.id] = order
        lifted[order.id] = _lifted_of(body)
    session.add_all(orders.values())
    session.flush()
    _restore_rows(session, orders, lifted)
    bodies = newest_bodies(session, HOLD)
    of_fonds = set(session.scalars(select(Fonds.id)))
    known, case_files = of_case_files(session, [entry for entry in bodies if entry["case_file_id"]])
    whole = [
        entry for entry in bodies if entry.get("fonds_id") and UUID(entry["fonds_id"]) in of_fonds
    ]
    for placed in (*known, *whole):
        order_id = UUID(placed.get("order_id") or placed["id"])
        if order_id not in orders:  # placed before there were orders
            orders[order_id] = _order_of(placed, order_id, HoldScope.CASE_FILES.value, 1)
            session.add(orders[order_id])
            session.flush()
        session.merge(_hold_of(placed, order_id, lifted.get(order_id)))
    session.flush()
    in_one_go = (HoldScope.SEARCH, HoldScope.FONDS)
    return Restored(
        case_files,
        [hold_order.id for hold_order in orders.values() if hold_order.scope in in_one_go],
    )


def _restore_rows(
    session: Session, orders: Mapping[UUID, HoldOrder], lifted: Mapping[UUID, Lifted | None]
) -> None:
    ids = session.scalars(select(Act.id).where(Act.kind == HOLD_ROWS).order_by(Act.at, Act.id))
    for act_id in ids.all():
        body = session.scalars(select(Act.document).where(Act.id == act_id)).one()
        order = orders.get(UUID(body["order_id"]))
        if order is None:
            continue
        known = list(_known(session, body["case_files"]))
        write_rows(session, order, known, lifted[order.id])


def _known(session: Session, ids: Sequence[str]) -> Iterator[UUID]:
    for start in range(0, len(ids), ROWS_AT_ONCE):
        some = [
            {"case_file_id": case_file_id} for case_file_id in ids[start : start + ROWS_AT_ONCE]
        ]
        yield from sorted(of_case_files(session, some)[1])


def _lifted_of(body: Mapping[str, Any]) -> Lifted | None:
    lifted = body["lifted"]
    return lifted and Lifted(clock.parse_iso(lifted["at"]), lifted["by"], lifted["reason"])


def _order_of(body: Mapping[str, Any], order_id: UUID, scope: str, case_files: int) -> HoldOrder:
    until = body.get("until")
    return HoldOrder(
        id=order_id,
        scope=HoldScope(scope),
        search=body.get("search"),
        case_files=case_files,
        reason=body["reason"],
        authority=body["authority"],
        until=until and dt.date.fromisoformat(until),
        placed_by=body["placed_by"],
        placed_role=body.get("placed_role", Role.HEAD.value),
        placed_at=clock.parse_iso(body["placed_at"]),
    )


def _hold_of(body: Mapping[str, Any], order_id: UUID, ended: Lifted | None) -> Hold:
    if body["lifted_at"]:
        at = clock.parse_iso(body["lifted_at"])
        ended = Lifted(at, body["lifted_by"], body["lift_reason"])
    case_file_id, fonds_id = body["case_file_id"], body.get("fonds_id")
    hold = Hold(
        id=UUID(body["id"]),
        order_id=order_id,
        case_file_id=UUID(case_file_id) if case_file_id else None,
        fonds_id=UUID(fonds_id) if fonds_id else None,
        placed_at=clock.parse_iso(body["placed_at"]),
        lift_reason="",
        lifted_by="",
    )
    for name, value in ended.as_columns().items() if ended else ():
        setattr(hold, name, value)
    return hold
