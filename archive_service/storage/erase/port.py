"""What removes a stored file for good, and what the store's own lock may refuse."""

from collections.abc import Iterator
from typing import Protocol


class Eraser(Protocol):
    """Removes from one copy. The gate alone holds it, and decides before it calls."""

    def erase(self, key: str) -> None:
        """Every version of the key is gone, and every mark that it was deleted; fine if none is.

        Nothing is removed where anything is refused: ``ObjectLockedError`` by a lock that may
        not be passed, ``ObjectHeldError`` by a hold. Raises ``StoreUnreachableError``; what was
        removed before it stays so, and a second call goes on.
        """

    def iter_left(self, folder: str) -> Iterator[str]:
        """Keys below ``folder`` of which anything is there: a version, or a mark of deletion.

        Asked of the store anew, ascending. Raises ``StoreUnreachableError``.
        """

    def require_free(self, folder: str) -> None:
        """``ObjectHeldError`` or ``ObjectLockedError`` where ``erase_all`` would be refused."""

    def erase_all(self, folder: str) -> int:
        """All that ``iter_left`` tells of is gone, durably; how many keys. Errors as ``erase``."""
