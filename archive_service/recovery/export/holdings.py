"""Everything that is held, written out: a package a case file, with lists that anyone can read.

Each package is whole before the digest beside it is: who is killed goes on where it was.
Beside them lies what proves custody (``export_custody.py``).
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from archive_service import access, messages, shipped
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.uses import require_readable
from archive_service.domain.case_files.case_file import CaseFile, CaseState, PackageVersion
from archive_service.domain.case_files.case_standing import is_elsewhere
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError, BackendError, ConflictError, InputError
from archive_service.recovery.export.case_file import export_case_file, require_exportable
from archive_service.recovery.export.custody_proof import Custody, CustodyExport
from archive_service.recovery.export.holding_list import (
    BEING_WRITTEN,
    CATALOGUE,
    ListedCase,
    holding_lists,
)
from archive_service.services import Services
from archive_service.storage.content import HeldContent, NoSoundCopyError
from archive_service.storage.durable import write_whole
from archive_service.storage.filesystem import sweep_scratch
from archive_service.storage.work_folder import WorkFolderFullError, work_errors

FORMS = ("aip", "bag")
MARK = "export.txt"  # what the folder is the export of
PACKAGES = "packages"
# Goes with the packages: whoever finds the disk finds how it is read.
INSTRUCTIONS = shipped.DOCS / "exit.md"
_SUFFIXES = (".zip", ".bag.zip", ".sha256")  # of a package, as one or as the other; beside it
_INVENTORY = ".inventory.json"  # of a version of a package, beside it
_AT_ONCE = 500  # rows asked for in one statement
_COLUMNS = (
    CaseFile.id,
    CaseFile.code,
    CaseFile.title,
    CaseFile.agency_code,
    CaseFile.year,
    CaseFile.start_date,
    CaseFile.end_date,
    CaseFile.state,
    CaseFile.removing_since,
    CaseFile.version_stored,
    CaseFile.ocfl_id,
)


class ExportFolderError(InputError):
    """Something else than packages of this very export lies in the folder."""


class ExportRunningError(ConflictError):
    """Another process writes into the folder."""


class ExportDiskFullError(BackendError):
    """The folder takes no more; what is whole there stays, and is gone on with."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to go out: all that the account may know of, or of one agency or year."""

    form: str  # of ``FORMS``
    agency: str | None = None
    year: int | None = None


class WholeExport:
    """One run over what is held, by code; walk through it, then ask for ``document()``.

    Memory stays flat however many case files there are: rows come in parts, and only what was left
    out is remembered. Rights and events are those of ``export_case_file``; a package that is there
    already, by its digest, is neither made nor told of again.

    Raises, when it is walked through:
        ActNotAllowedError, AgencyNotFoundError
        ExportFolderError, ExportRunningError
        ExportDiskFullError, WorkFolderFullError, StoreUnreachableError: the next run goes on.
    """

    def __init__(
        self, services: Services, wanted: Wanted, *, folder: Path, actor: Actor, lang: str = "vi"
    ) -> None:
        access.require(actor, "case-file:export")
        access.require_proof(actor, "case-file:export")
        self._services, self._wanted, self._actor = services, wanted, actor
        self._folder, self._lang = folder, lang
        self._packages = self._made = self._size_bytes = self._gone = 0
        self._left_out: list[dict[str, str]] = []
        self._swept: Path | None = None
        self._agency_id: UUID | None = None
        self._custody = Custody()
        self._damaged: list[str] = []
        with services.read_only() as session:
            self._where = self._narrowed(session)
            counted = select(func.count()).select_from(CaseFile).where(*self._where)
            self.total = session.scalar(counted) or 0

    def __iter__(self) -> Iterator[ListedCase]:
        """Each case file once it is dealt with."""
        title = messages.text("holding-list.title", self._lang, name=self._archive_name)
        try:
            with (
                work_errors(self._folder),
                _claimed(self._folder, self._mark()),
                holding_lists(self._folder, title, self._lang) as lists,
            ):
                for row in self._rows():
                    listed = self._listed_case(row)
                    lists.add(listed)
                    for name, digest in self._inventories(row, listed):
                        lists.note(name, digest)
                    yield listed
                self._custody = CustodyExport(
                    self._services, self._folder, self._actor, lists.note,
                    agency=self._agency_id, year=self._wanted.year,
                ).write()  # fmt: skip
                lists.finish({INSTRUCTIONS.name: INSTRUCTIONS.read_bytes()})
        except WorkFolderFullError as full:
            if Path(str(full.facts["folder"])).is_relative_to(self._folder):
                count = self._packages
                raise ExportDiskFullError(folder=self._folder, count=count) from full
            raise

    def document(self) -> dict[str, Any]:
        """``{path, packages, made, size_bytes, gone, left_out, custody}``.

        ``made`` of the packages were made by this run; ``gone`` case files were destroyed, or
        handed over and removed here: they stand in the catalogue alone. ``left_out``:
        ``[{code, reason, message}]``; ``custody``: as ``Custody.document``.
        """
        custody = self._custody.document()
        return {
            "path": str(self._folder),
            "catalogue": str(self._folder / CATALOGUE),
            "packages": self._packages,
            "made": self._made,
            "size_bytes": self._size_bytes,
            "gone": self._gone,
            "left_out": self._left_out,
            "custody": custody | {"damaged": [*self._damaged, *custody["damaged"]]},
        }

    @property
    def _archive_name(self) -> str:
        return self._services.keeper.archive_name

    def _mark(self) -> str:
        keeper, wanted = self._services.keeper, self._wanted
        return (
            f"archive: {keeper.archive_code} {keeper.archive_name}\nform: {wanted.form}\n"
            f"agency: {wanted.agency or '*'}\nyear: {wanted.year or '*'}\n"
        )

    def _narrowed(self, session: Session) -> list[ColumnElement[bool]]:
        where = [access.visible(self._actor, "case-file:list", CaseFile.agency_id)]
        if self._wanted.agency is not None:
            self._agency_id = get_agency(session, self._wanted.agency).id
            where.append(CaseFile.agency_id == self._agency_id)
        if self._wanted.year is not None:
            where.append(CaseFile.year == self._wanted.year)
        return where

    def _rows(self) -> Iterator[Row[*tuple[Any, ...]]]:
        last = ""
        while True:
            after = select(*_COLUMNS).where(CaseFile.code > last, *self._where)
            with self._services.read_only() as session:
                rows = session.execute(after.order_by(CaseFile.code).limit(_AT_ONCE)).all()
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1].code

    def _listed_case(self, row: Row[*tuple[Any, ...]]) -> ListedCase:
        beside = self._beside(row)
        if beside.parent != self._swept:  # what a kill left; by code, all of a place come together
            sweep_scratch(beside.parent, (BEING_WRITTEN,))
            self._swept = beside.parent
        if row.state is CaseState.DESTROYED or is_elsewhere(row.state, row.removing_since):
            self._gone += 1
            _drop(beside)
            return self._listed(row)
        try:
            self._require(row.code)
            kept = _kept(beside, row.version_stored) or self._export(row, beside)
        except BackendError:  # no word on this case file: the next run asks again
            raise
        except ArchiveError as refused:
            _drop(beside)
            message = messages.error(refused.code, self._lang, refused.facts).message
            facts = {"code": row.code, "reason": refused.code, "message": message}
            self._left_out.append(facts)
            return self._listed(row, left_out=refused.code, said=message)
        file, digest = kept
        size_bytes = file.stat().st_size
        self._packages += 1
        self._size_bytes += size_bytes
        name = file.relative_to(self._folder).as_posix()
        return self._listed(row, file=name, size_bytes=size_bytes, sha256=digest)

    def _inventories(
        self, row: Row[*tuple[Any, ...]], listed: ListedCase
    ) -> Iterator[tuple[str, str]]:
        """Beside the package those of its versions, by which receipts name it; path and digest."""
        if not listed.file:
            return
        versions = (
            PackageVersion.case_file_id == row.id,
            PackageVersion.number <= row.version_stored,
        )
        query = select(PackageVersion.number, PackageVersion.inventory_sha256).where(*versions)
        with self._services.read_only() as session:
            known = session.execute(query.order_by(PackageVersion.number)).all()
        content = HeldContent(self._services.copies, row.ocfl_id)
        for number, digest in known:
            file = self._beside(row).with_suffix(f".v{number}{_INVENTORY}")
            try:
                if not (file.is_file() and sha256(file.read_bytes()).hexdigest() == digest):
                    write_whole(file, content.inventory(number, digest).data)
            except NoSoundCopyError as damaged:
                self._damaged.append(f"{damaged.facts['object']} v{number}")
            else:
                yield file.relative_to(self._folder).as_posix(), digest

    def _beside(self, row: Row[*tuple[Any, ...]]) -> Path:
        """Where the digest of its package lies."""
        place: Path = self._folder / PACKAGES / row.agency_code / str(row.year)
        return place / f"{row.ocfl_id.replace(':', '_')}.sha256"

    def _require(self, code: str) -> None:
        """It may have been closed, or claimed for destruction, since its package was made."""
        with self._services.read_only() as session:
            row = holdings_rows.get_case_file(session, code, actor=self._actor)
            require_exportable(row, self._wanted.form, self._actor)
            for link in row.standing_links if self._wanted.form == "bag" else ():
                if link.source and link.document:
                    require_readable(self._actor, link.source, link.document, through=row)

    def _export(self, row: Row[*tuple[Any, ...]], beside: Path) -> tuple[Path, str]:
        exported = export_case_file(
            self._services,
            row.code,
            form=self._wanted.form,
            folder=beside.parent,
            actor=self._actor,
            version=row.version_stored,
        )
        self._made += 1
        named = f"{exported.sha256}  {exported.path.name}"
        line = f"# {row.code}, version {row.version_stored}\n{named}\n"
        write_whole(beside, line.encode())
        return exported.path, exported.sha256

    @staticmethod
    def _listed(row: Row[*tuple[Any, ...]], **told: Any) -> ListedCase:  # Any: fields of the list
        return ListedCase(
            code=row.code,
            title=row.title,
            agency=row.agency_code,
            year=row.year,
            start_date=row.start_date,
            end_date=row.end_date,
            state=row.state.value,
            version=row.version_stored,
            ocfl_id=row.ocfl_id,
            **told,
        )


@contextmanager
def _claimed(folder: Path, mark: str) -> Iterator[None]:
    """The folder for this export alone, an empty one or its own; what was left half-made is gone.

    Raises:
        ExportFolderError: something else lies there.
        ExportRunningError: another process is at it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / MARK
    if {path.name for path in folder.iterdir()} <= {_half(place).name}:
        write_whole(place, mark.encode())
    if not place.is_file() or place.read_text("utf-8", "replace") != mark:
        raise ExportFolderError(folder=folder)
    with place.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExportRunningError(folder=folder) from None
        sweep_scratch(folder, (BEING_WRITTEN,))
        yield


def _kept(beside: Path, version: int) -> tuple[Path, str] | None:
    """The package with its digest where it is there as this version; it is read whole."""
    kept_names = _kept_package(beside)
    if kept_names is None or kept_names[0] != version or not kept_names[1].is_file():
        return None
    with kept_names[1].open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    return (kept_names[1], found) if found == kept_names[2] else None


def _kept_package(beside: Path) -> tuple[int, Path, str] | None:
    """Version, package and digest that stand in the file beside it."""
    if not beside.is_file():
        return None
    lines = beside.read_text("utf-8", "replace").splitlines()
    version = lines[0].rpartition(" ")[2] if len(lines) == 2 else ""
    if not version.isdecimal():
        return None
    digest, _, name = lines[1].partition("  ")
    return int(version), beside.parent / Path(name).name, digest


def _drop(beside: Path) -> None:
    """A package that may not go any more does not lie in what is taken away."""
    for suffix in _SUFFIXES:
        beside.with_suffix(suffix).unlink(missing_ok=True)
    for inventory in beside.parent.glob(f"{beside.stem}.v*{_INVENTORY}"):
        inventory.unlink()
    _half(beside).unlink(missing_ok=True)


def _half(place: Path) -> Path:
    """What ``write_whole`` leaves when it is killed, or finds no room."""
    return place.with_name(f".{place.name}.part")
