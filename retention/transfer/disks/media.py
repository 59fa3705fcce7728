"""Media of a transfer: folders of which each is whole alone, and where they are."""

import html
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
    TransferMedium,
)
from archive_service.errors import InputError, NotFoundError
from archive_service.storage.durable import sync_folder
from archive_service.storage.filesystem import sweep_scratch
from retention.transfer.items import AT_ONCE
from retention.transfer.messages.tables import PACKAGES
from retention.transfer.packages.folder import (
    GUIDE,
    LIST,
    MANIFEST,
    MARK,
    PAPERS,
    SUMS,
    drop_package,
    is_of,
    mark_folder,
    open_folder,
)
from retention.transfer.refusals import TransferFolderError

_NAME = "dia-{:02}"
_NAMES = "dia-[0-9]*"
_BLOCK = 4096  # bytes: a medium gives a file whole blocks
_LISTS = 512 << 10  # bytes for lists, papers, signatures, beside what they say of each package
_PER_PACKAGE = 2300  # bytes of manifest, lists, catalogue and digests, beside title and code


class MediumTooSmallError(InputError):
    """One package, ``code``, has no room on a medium of this size: it lacks ``missing_bytes``."""

    code = "transfer-medium-small"


class MediumUnknownError(NotFoundError):
    """The transfer has no medium of this number."""

    code = "transfer-medium-unknown"


def medium_folder(root: Path, number: int, *, several: bool) -> Path:
    """Where a medium is laid out: the folder of the transfer itself where there is but one."""
    return root / _NAME.format(number) if several else root


def built_folder(root: Path, number: int) -> Path:
    """Where a medium was laid out."""
    folder = medium_folder(root, number, several=True)
    return folder if folder.is_dir() else root


def room_for_packages(items: Iterable[TransferItem], size_bytes: int) -> int:
    """Bytes that a medium of this size has for packages, beside the lists of all of them."""
    lists = _LISTS
    for item in items:
        lists += _PER_PACKAGE + 2 * len(html.escape(f"{item.code}{item.title}").encode())
    return size_bytes - lists


@dataclass(slots=True)
class Layout:
    """Where packages lie, in the order of the register from medium to medium.

    ``room`` is what each medium has for packages, in bytes; ``None``: there is one folder. The same
    packages in the same order always lie the same way, whoever was killed meanwhile.
    """

    root: Path
    room: int | None
    number: int = 1
    _used: int = 0

    @classmethod
    def opened(cls, root: Path, row: Transfer, room: int | None) -> "Layout":
        """The folder of this transfer, empty or gone on with.

        Raises:
            TransferFolderError: something else lies there, or packages in another layout.
        """
        open_folder(root, row)
        other = PACKAGES if room is not None else _NAMES
        if next(root.glob(other), None) is not None:
            raise TransferFolderError(folder=root)
        return cls(root, room)

    def folder(self, number: int) -> Path:
        """Of one medium."""
        return medium_folder(self.root, number, several=self.room is not None)

    def packages(self, number: int) -> Path:
        """Where its packages lie; made if it is not there."""
        place = self.folder(number) / PACKAGES
        place.mkdir(parents=True, exist_ok=True)
        return place

    def put(self, name: str, size_bytes: int, *, at: int, code: str) -> int:
        """The medium that the package goes onto, moved there from where it lies (``at``).

        Raises:
            MediumTooSmallError: it has no room on any.
        """
        taken = -(-size_bytes // _BLOCK) * _BLOCK
        if self.room is not None:
            if taken > self.room:
                drop_package(self.packages(at), name)
                room = max(self.room, 0)
                missing = taken - self.room
                raise MediumTooSmallError(
                    code=code, size_bytes=size_bytes, room=room, missing_bytes=missing
                )
            if self._used + taken > self.room:
                self.number, self._used = self.number + 1, 0
        self._used += taken
        if at != self.number:
            target = self.packages(self.number)
            (self.packages(at) / name).replace(target / name)
            sync_folder(target)
        return self.number

    def sweep(self, number: int, names: set[str]) -> None:
        """Nothing lies among the packages of a medium but these."""
        packages = self.packages(number)
        sweep_scratch(packages, (".export-",))
        for place in packages.iterdir():
            if place.name not in names and place.is_file():
                drop_package(packages, place.name)

    def drop_further(self, last: int) -> None:
        """Media after the last one are no more: what they held lies elsewhere now."""
        for folder in self.root.glob(_NAMES) if self.room is not None else ():
            if folder.name not in {_NAME.format(number) for number in range(1, last + 1)}:
                for name in (SUMS, MANIFEST, *PAPERS.values(), LIST, GUIDE, MARK):
                    drop_package(folder, name)
                self.sweep(int(folder.name.rpartition("-")[2]), set())
                with suppress(OSError):  # what somebody put there stays
                    (folder / PACKAGES).rmdir()
                    folder.rmdir()

    def mark(self, number: int, row: Transfer) -> None:
        """Each medium says of which transfer it is."""
        if not is_of(self.folder(number), row):
            mark_folder(self.folder(number), row)


def lying_on(
    session: Session, row: Transfer, number: int, *states: TransferItemState
) -> Callable[[], Iterator[TransferItem]]:
    """Reads the items of a medium, in the order of the register, as often as it is called."""
    query = (
        select(TransferItem)
        .where(TransferItem.transfer_id == row.id, TransferItem.medium == number)
        .where(TransferItem.state.in_(states))
        .order_by(TransferItem.ordinal)
        .execution_options(yield_per=AT_ONCE)
    )
    return lambda: iter(session.scalars(query))


def media_of(session: Session, row: Transfer) -> list[TransferMedium]:
    """All media of a transfer, by their numbers."""
    query = select(TransferMedium).where(TransferMedium.transfer_id == row.id)
    return list(session.scalars(query.order_by(TransferMedium.number)))


def get_medium(session: Session, row: Transfer, number: int) -> TransferMedium:
    """One of them; ``MediumUnknownError``."""
    for medium in media_of(session, row):
        if medium.number == number:
            return medium
    raise MediumUnknownError(transfer=row.name, number=number, media=row.media)
