"""What very many givers brought over the years, as rows: for lists and sums over all of them.

They are laid down in bulk and have no packages, and the chain of the audit trail does not hold.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import func, select

from archive_service import clock
from archive_service.bench import home as homes
from archive_service.bench.seed import lay_down
from archive_service.catalogue.agencies.acts import add_agency
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.transfer.transfer import (
    TransferDirection,
    TransferItemState,
    TransferMessageKind,
    TransferState,
)
from archive_service.services import Services

YEARS = 10
ITEMS = 100  # of one transfer; one a year of each giver
_BELOW = 90  # agencies whose codes stand below one code
_RETURNED = 20  # one item in so many stands as returned
_OTHER_EVENTS = 20  # beside each decision
_FIRST = 1001  # number of the first of a year: there may be others
_REGISTER_CHARS = 30_000
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """One transfer of one giver."""

    number: int
    year: int
    agency: str
    agency_id: UUID
    open: bool  # not decided yet

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE_URL, f"bench-delivery-{self.year}-{self.number}")

    @property
    def came_at(self) -> dt.datetime:
        return dt.datetime(self.year, 1, 5, 2, tzinfo=dt.UTC) + (self.number % 200) * _DAY

    @property
    def decided_at(self) -> dt.datetime | None:
        return None if self.open else self.came_at + (5 + self.number % 70) * _DAY

    def submission(self, ordinal: int) -> UUID:
        return uuid5(self.id, f"submission-{ordinal}")


def seed(services: Services, givers: int) -> None:
    """So many archives with a transfer of ``ITEMS`` in each of ``YEARS``; the last is not decided.

    Every agency that is served is a giver, also one that was there before.
    """
    with services.unit_of_work() as uow:
        for number in range(givers):
            code = f"H{41 + number // _BELOW}.{10 + number % _BELOW}"
            add_agency(code, f"Bench {number}", actor=homes.OPERATOR, uow=uow)
        uow.commit()
    deliveries = _deliveries(services)
    with services.read_only() as session:
        last = session.scalar(select(func.max(AuditEvent.number))) or 0
    lay_down(
        services,
        (
            ("transfer_partner", _partners(deliveries)),
            ("transfer", map(_transfer, deliveries)),
            ("transfer_message", _messages(deliveries)),
            ("submission", _submissions(deliveries)),
            ("finding", _findings(deliveries)),
            ("transfer_item", _items(deliveries)),
            ("audit_event", _events(deliveries, last)),
        ),
    )


def _deliveries(services: Services) -> list[_Delivery]:
    this = clock.today().year
    with services.read_only() as session:
        agencies = session.execute(select(Agency.code, Agency.id).order_by(Agency.code)).all()
    return [
        _Delivery(number, year, code, agency_id, open=year == this)
        for year in range(this - YEARS + 1, this + 1)
        for number, (code, agency_id) in enumerate(agencies, start=_FIRST)
    ]


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"bench-{name}")


def _partners(deliveries: Sequence[_Delivery]) -> Iterator[dict[str, Any]]:
    for delivery in deliveries:
        if delivery.open:
            yield {
                "id": _id(f"partner-{delivery.agency}"),
                "code": delivery.agency,
                "name": f"Bench {delivery.agency}",
                "gives": True,
                "certificates": [],
                "added_at": delivery.came_at,
                "revision": 1,
            }


def _transfer(delivery: _Delivery) -> dict[str, Any]:
    decided_at = delivery.decided_at
    return {
        "id": delivery.id,
        "direction": TransferDirection.IN,
        "agency_id": delivery.agency_id,
        "number": delivery.number,
        "year": delivery.year,
        "state": TransferState.REPLIED if decided_at else TransferState.RECEIVED,
        "partner": f"Bench {delivery.agency}",
        "partner_code": delivery.agency,
        "partner_number": f"{delivery.number}/{delivery.year}",
        "list_sha256": "0" * 64,
        "composed_by": "bench",
        "composed_at": delivery.came_at,
        "received_at": delivery.came_at,
        "decide_by": (delivery.came_at + 60 * _DAY).date(),
        "decided_by": decided_at and "bench",
        "decided_at": decided_at,
        "replied_at": decided_at,
        "reply_sequence": 1 if decided_at else 0,
        "revision": 1,
    }


def _messages(deliveries: Sequence[_Delivery]) -> Iterator[dict[str, Any]]:
    """The manifest of each, of a length as they have."""
    document = "x" * _REGISTER_CHARS
    for delivery in deliveries:
        yield {
            "id": uuid5(delivery.id, "manifest"),
            "transfer_id": delivery.id,
            "kind": TransferMessageKind.MANIFEST,
            "direction": TransferDirection.IN,
            "sequence": 1,
            "sha256": "0" * 64,
            "document": document,
            "at": delivery.came_at,
            "delivered_at": delivery.came_at,
        }


def _refused(delivery: _Delivery) -> range:
    """Ordinals of the items that stand as returned for what a check saw."""
    return range(0) if delivery.open else range(_RETURNED, ITEMS + 1, _RETURNED)


def _submissions(deliveries: Sequence[_Delivery]) -> Iterator[dict[str, Any]]:
    for delivery in deliveries:
        for ordinal in _refused(delivery):
            yield {
                "id": delivery.submission(ordinal),
                "agency_id": delivery.agency_id,
                "code": _code(delivery, ordinal),
                "channel": "transfer",
                "state": SubmissionState.RETURNED,
                "declared": {},
                "door_findings": [],
                "submitted_by": "bench",
                "revision": 1,
                "received_at": delivery.came_at,
            }


def _findings(deliveries: Sequence[_Delivery]) -> Iterator[dict[str, Any]]:
    for delivery in deliveries:
        for ordinal in _refused(delivery):
            check = ("checksums", "formats", "signatures")[ordinal % 3]
            yield {
                "id": uuid5(delivery.submission(ordinal), "finding"),
                "submission_id": delivery.submission(ordinal),
                "ordinal": 1,
                "check_name": check,
                "code": check,
                "severity": Severity.ERROR,
                "facts": {},
            }


def _code(delivery: _Delivery, ordinal: int) -> str:
    return f"{delivery.agency}.{delivery.year}.{ordinal:07}.BM"


def _items(deliveries: Sequence[_Delivery]) -> Iterator[dict[str, Any]]:
    for delivery in deliveries:
        for ordinal in range(1, ITEMS + 1):
            state = TransferItemState.ARRIVED if delivery.open else TransferItemState.STORED
            is_refused = ordinal in _refused(delivery)
            yield _item(delivery, ordinal) | {
                "state": TransferItemState.RETURNED if is_refused else state,
                "reason": "Bench" if is_refused else "",
                "submission_id": delivery.submission(ordinal) if is_refused else None,
            }


def _item(delivery: _Delivery, ordinal: int) -> dict[str, Any]:
    return {
        "id": uuid5(delivery.id, f"item-{ordinal}"),
        "transfer_id": delivery.id,
        "ordinal": ordinal,
        "code": _code(delivery, ordinal),
        "title": f"Bench {ordinal}",
        "version": 1,
        "documents": 8,
        "package": "sip",
        "file": f"{ordinal:07}.sip.zip",
        "sha256": hashlib.sha256(b"%d" % ordinal).hexdigest(),
        "size_bytes": 1_000_000 + ordinal,
        "medium": 1,
    }


def _events(deliveries: Sequence[_Delivery], last: int) -> Iterator[dict[str, Any]]:
    """The decision on each, and others between them."""
    number = last
    for delivery in deliveries:
        for turn in range(0 if delivery.open else 1 + _OTHER_EVENTS):
            number += 1
            yield {
                "number": number,
                "at": delivery.decided_at,
                "tag": "case-file:stored" if turn else "transfer:decided",
                "subject_id": str(uuid5(delivery.id, f"{turn}")) if turn else str(delivery.id),
                "account": "bench",
                "role": "archivist",
                "data": {} if turn else {"decided": {"returned": len(_refused(delivery))}},
                "previous_sha256": f"{number - 1:064x}",
                "sha256": f"{number:064x}",
            }
