"""What an answer to a register changes of its items: found before anybody waits for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from archive_service.domain.transfer.transfer import Transfer, TransferItem, TransferItemState
from retention.transfer.items import AT_ONCE, counts_of
from retention.transfer.refusals import TransferItemsError

_WHY = "declined"  # in what a register said, ``register.announced_rows``
ON_IT = (TransferItemState.LISTED, TransferItemState.DECLINED)  # of what is answered
_READ = (
    TransferItem.id,
    TransferItem.ordinal,
    TransferItem.code,
    TransferItem.state,
    TransferItem.reason,
    TransferItem.registered,
)


@dataclass(frozen=True, slots=True)
class Declined:
    """Items as an answer has them, as far as they are otherwise, of the edition that was read.

    ``changed`` are columns by their names, ``ordinals`` the places of the same on the register.
    """

    edition: tuple[int, ...]
    changed: Sequence[dict[str, Any]]
    ordinals: Sequence[int]


def declined_by(
    session: Session, row: Transfer, refused: Mapping[str, str], *, announced: bool = False
) -> Declined:
    """Case files of these codes are declined, what was declined before and is not now is listed.

    Args:
        refused: code -> reason.
        announced: at the archive that answers, where ``registered`` keeps what was declined.

    Raises:
        TransferItemsError: of all the codes that do not stand on the register.
    """
    edition = _edition(session, row)
    beyond = set(refused)
    changed: list[dict[str, Any]] = []
    ordinals: list[int] = []
    for item in chain(_named(session, row, refused), _declined_before(session, row, refused)):
        beyond.discard(item.code)
        why = refused.get(item.code)
        facts = {"id": item.id, "state": ON_IT[why is not None], "reason": why or ""}
        if (item.state, item.reason) == (facts["state"], facts["reason"]):
            continue
        if announced:
            kept = {name: value for name, value in (item.registered or {}).items() if name != _WHY}
            facts["registered"] = kept | ({_WHY: why} if why else {})
        changed.append(facts)
        ordinals.append(item.ordinal)
    if beyond:
        raise TransferItemsError(number=row.name, codes=sorted(beyond))
    return Declined(edition, changed, ordinals)


def decline(
    session: Session,
    row: Transfer,
    refused: Mapping[str, str],
    found: Declined | None,
    *,
    announced: bool = False,
) -> Sequence[int]:
    """Write what ``declined_by`` found, with the transfer locked; ordinals of what changed.

    The row of the transfer is as it was read. Where it is another edition by now, or nothing was
    found, items are read here; raises what ``declined_by`` does.
    """
    if found is None or found.edition != _edition(session, row):
        found = declined_by(session, row, refused, announced=announced)
    for start in range(0, len(found.changed), AT_ONCE):
        session.execute(update(TransferItem), found.changed[start : start + AT_ONCE])
    return found.ordinals


def _edition(session: Session, row: Transfer) -> tuple[int, ...]:
    """Whoever changes the register, answers it or builds of it leaves another one."""
    counts = counts_of(session, [row.id])[row.id]
    return (row.revision, *(counts[state] for state in ON_IT))


def _named(session: Session, row: Transfer, codes: Mapping[str, str]) -> Iterator[Row[Any]]:
    query = select(*_READ).where(TransferItem.transfer_id == row.id, TransferItem.state.in_(ON_IT))
    wanted = sorted(codes)
    for start in range(0, len(wanted), AT_ONCE):
        some = TransferItem.code.in_(wanted[start : start + AT_ONCE])
        yield from session.execute(query.where(some)).all()


def _declined_before(
    session: Session, row: Transfer, codes: Mapping[str, str]
) -> Iterator[Row[Any]]:
    """Those that are declined by now, and are not among these."""
    mine = TransferItem.transfer_id == row.id, TransferItem.state == TransferItemState.DECLINED
    query = select(*_READ).where(*mine).order_by(TransferItem.ordinal).limit(AT_ONCE)
    last = 0
    while part := session.execute(query.where(TransferItem.ordinal > last)).all():
        last = part[-1].ordinal
        yield from (item for item in part if item.code not in codes)
