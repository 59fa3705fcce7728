"""The head of the agency decides on what the council heard: nothing goes that it did not give up.

To differ towards keeping is the head's own: the head decides, the council is asked before.
"""

from collections import Counter

from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    ItemState,
    Outcome,
)
from archive_service.errors import ConflictError
from retention.disposition.list_digest import items_as_of


class DispositionBeyondCouncilError(ConflictError):
    """The list is to destroy case files that the council did not vote to destroy: ``codes``.

    It voted to keep them, or they never were before it.
    """


def require_heard(row: Disposition) -> None:
    """``DispositionBeyondCouncilError`` where more is to go than the council agreed to."""
    going = [item for item in row.items if _goes(item)]
    if not going:
        return
    agreed = {_known(item) for item in items_as_of(row, _agreed(row)) if _goes(item)}
    beyond = [item.code for item in going if _known(item) not in agreed]
    if beyond:
        number = f"{row.number:02}/{row.year}"
        raise DispositionBeyondCouncilError(number=number, count=len(beyond), codes=beyond[:20])


def _agreed(row: Disposition) -> str:
    """Digest of the list that more than half of all members voted for; empty: of none."""
    votes = Counter(
        member.list_sha256 for member in row.members if member.agrees and member.list_sha256
    )
    return next((digest for digest, count in votes.items() if 2 * count > len(row.members)), "")


def _goes(item: DispositionItem) -> bool:
    return item.outcome is Outcome.DESTROY and item.state is not ItemState.REFUSED


def _known(item: DispositionItem) -> tuple[object, ...]:
    """One that changed since is another than the council saw."""
    return item.case_file_id, item.edition
