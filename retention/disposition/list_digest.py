"""Who acts on a list names the digest of what they were shown; another list by then is refused."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import object_session

from archive_service.domain.keeping.act import Act
from archive_service.domain.retention.disposition import (
    DISPOSITION,
    Disposition,
    DispositionItem,
    ItemState,
    digest_of_items,
)
from archive_service.errors import ConflictError
from archive_service.packaging.catalogue import row_from


class DispositionStaleError(ConflictError):
    """The list is not the one that was shown to who acts on it.

    ``codes``: case files that are another way now; ``changes``: ``[{code, was, now}]`` with the
    outcomes as ``Verdict`` writes them, null for none.
    """


def require_shown(row: Disposition, shown: str | None) -> None:
    """``DispositionStaleError`` unless the list is as it was shown.

    Args:
        shown: ``list_sha256`` as it stood there, empty before the first review; ``None``: the
            caller names none, and nothing is compared.
    """
    if shown is None or shown.strip().lower() == (row.list_sha256 or ""):
        return
    changes = _changes(items_as_of(row, shown.strip().lower()), row.items)
    raise DispositionStaleError(
        number=f"{row.number:02}/{row.year}",
        codes=[change["code"] for change in changes],
        changes=changes,
    )


def items_as_of(row: Disposition, shown: str) -> list[DispositionItem]:
    """The items as the act told them that has this digest; none where no act of ours has it."""
    query = select(Act).where(Act.kind == DISPOSITION, Act.subject_id == f"{row.id}:items")
    session = object_session(row)
    acts = session.scalars(query.order_by(Act.at.desc(), Act.id.desc())) if session else ()
    for act in acts:
        items = [row_from(DispositionItem, facts) for facts in act.document["items"]]
        if digest_of_items(items) == shown:
            return items
    return []


def _changes(
    before: Iterable[DispositionItem], after: Iterable[DispositionItem]
) -> list[dict[str, Any]]:
    was = {item.code: item for item in before}
    return [
        {"code": item.code, "was": _term_decided(was.get(item.code)), "now": _term_decided(item)}
        for item in after
        if item.state is not ItemState.REFUSED and _known(was.get(item.code)) != _known(item)
    ]


def _known(item: DispositionItem | None) -> tuple[Any, ...] | None:
    if item is None:
        return None
    return item.outcome, item.years, item.edition, item.ends_on, item.keeper_id


def _term_decided(item: DispositionItem | None) -> str | None:
    if item is None or item.outcome is None:
        return None
    return item.outcome.value if item.years is None else f"{item.outcome.value}:{item.years}"
