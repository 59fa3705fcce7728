"""What proves custody, beside the packages of a whole export: a bag (BagIt 1.0, RFC 8493).

Its payload has acts, their papers and the audit trail as they lie in a copy, so that both are read
the same way, and each signed message between two archives as a file of its own.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from archive_service import access, clock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.kept_document import Kept
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import Transfer, TransferMessage
from archive_service.evidence.expected import SegmentDigests
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.tables import write_table
from archive_service.packaging.bag import DECLARATION, bag_info, tag_manifest
from archive_service.recovery.backup.evidence import AUDIT, EvidenceSource
from archive_service.recovery.export.holding_list import BEING_WRITTEN
from archive_service.services import Services
from archive_service.storage.acts import ACTS
from archive_service.storage.durable import sync_file, sync_files, sync_folder, sync_folders
from archive_service.storage.filesystem import sweep_scratch
from archive_service.storage.reader import sha256_of
from archive_service.storage.work_folder import work_place

FOLDER = "custody"
MESSAGES = "messages"
LIST = f"{MESSAGES}.csv"  # of them, beside their folder
PARTS = (MESSAGES, "acts", "audit")
_PREFIXES = {"acts": (f"{ACTS}/", "evidence/"), "audit": (AUDIT,)}
_BAGIT, _INFO, _MANIFEST = "bagit.txt", "bag-info.txt", "manifest-sha256.txt"
_TAGS = "tagmanifest-sha256.txt"  # the last: it names the others
_Content = bytes | Kept
_AT_ONCE, _BYTES = 50, 4 << 20  # files given to the disk together, and about how much of them
_HEADS = (
    "transfer", "number", "agency", "transfer_direction", "partner", "partner_code",
    "kind", "direction", "sequence", "at", "sha256", "file",
)  # fmt: skip


@dataclass(slots=True)
class Custody:
    """What lies there: ``left_out`` of ``PARTS``; ``damaged`` are sound in no copy, by key."""

    files: int = 0
    size_bytes: int = 0
    acts: int = 0
    messages: int = 0
    segments: int = 0
    left_out: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """``{files, size_bytes, acts, messages, segments, left_out, damaged}``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CustodyExport:
    """The bag ``custody`` in the folder of an export, for this account.

    ``agency``: of its transfers alone; ``year``: case files of one year go out, and nothing of it.
    ``noted`` is told path and digest of each file. Acts and the trail concern all agencies: they go
    to whom nothing is closed, the trail to who may read it. What this account may not have and lies
    there from an earlier export is taken away.
    """

    services: Services
    folder: Path
    actor: Actor
    noted: Callable[[str, str], None]
    agency: UUID | None = None
    year: int | None = None

    def write(self) -> Custody:
        """All of it, durable; safe to kill and to repeat: what is there as it should be stays.

        Raises:
            StoreUnreachableError, and other ``BackendError``: no copy answers.
            OSError: the folder takes no more.
        """
        parts = self._parts()
        custody = Custody(left_out=[part for part in PARTS if part not in parts])
        place, data = self.folder / FOLDER, self.folder / FOLDER / "data"
        for part in (MESSAGES, *custody.left_out):  # messages are few, and laid anew
            for name in _PREFIXES.get(part, (part,)):
                shutil.rmtree(data / name, ignore_errors=True)
        if not parts:
            shutil.rmtree(place, ignore_errors=True)
            return custody
        data.mkdir(parents=True, exist_ok=True)
        sweep_scratch(place, (BEING_WRITTEN,))
        write_out_evidence(self.services)
        with work_place(place, BEING_WRITTEN) as made:
            self._lay(parts, place, made, custody)
        sync_folder(data)
        sync_folder(place)
        return custody

    def _parts(self) -> list[str]:
        may = access.may(self.actor, "transfer:list") and access.modes_visible(self.actor) is None
        if self.year is not None or not may:
            return []
        parts = [MESSAGES]
        if self.agency is None and self.actor.agency_id is None:
            parts.append("acts")
            if access.may(self.actor, "audit:read"):
                parts.append("audit")
        return parts

    def _lay(self, parts: list[str], place: Path, made: Path, custody: Custody) -> None:
        """The payload, then the tag files, which say what it is."""
        rows = self._messages()
        with (made / _MANIFEST).open("w", encoding="utf-8") as manifest:

            def note(key: str, digest: str, size_bytes: int) -> None:
                manifest.write(f"{digest}  data/{key}\n")
                self.noted(f"{FOLDER}/data/{key}", digest)
                custody.files += 1
                custody.size_bytes += size_bytes

            listed = write_table(made / LIST, _HEADS, map(_told_of, rows))
            sync_file(listed)
            note(LIST, _digest(listed), listed.stat().st_size)
            held: Iterator[tuple[str, _Content]] = chain(
                self._documents(rows, custody), self._beside(parts, custody)
            )
            for batch in _batches(held):
                _put(place / "data", batch)
                for key, content in batch.items():
                    digest = (
                        content.sha256 if isinstance(content, Kept) else sha256(content).hexdigest()
                    )
                    note(key, digest, (place / "data" / key).stat().st_size)
        self._tag(made, custody)
        listed.replace(place / "data" / LIST)
        for name in (_BAGIT, _INFO, _MANIFEST, _TAGS):
            self.noted(f"{FOLDER}/{name}", _digest(made / name))
            (made / name).replace(place / name)

    def _tag(self, made: Path, custody: Custody) -> None:
        keeper = self.services.keeper
        info = {"Source-Organization": f"{keeper.archive_code} {keeper.archive_name}"}
        (made / _BAGIT).write_bytes(DECLARATION)
        (made / _INFO).write_bytes(
            bag_info(info, size_bytes=custody.size_bytes, files=custody.files)
        )
        digests = {name: _digest(made / name) for name in (_BAGIT, _INFO, _MANIFEST)}
        (made / _TAGS).write_bytes(tag_manifest(digests))
        for name in (*digests, _TAGS):
            sync_file(made / name)

    def _messages(self) -> list[Row[*tuple[Any, ...]]]:
        """All but the documents, a transfer after the other."""
        query = (
            select(
                Transfer,
                Agency.code,
                TransferMessage.id,
                TransferMessage.kind,
                TransferMessage.direction,
                TransferMessage.sequence,
                TransferMessage.at,
                TransferMessage.sha256,
            )
            .select_from(TransferMessage)
            .join(Transfer, Transfer.id == TransferMessage.transfer_id)
            .join(Agency, Agency.id == Transfer.agency_id)
            .where(access.visible(self.actor, "transfer:list", Transfer.agency_id))
            .order_by(TransferMessage.transfer_id, TransferMessage.at, TransferMessage.id)
        )
        if self.agency is not None:
            query = query.where(Transfer.agency_id == self.agency)
        with self.services.read_only() as session:
            return list(session.execute(query).all())

    def _documents(
        self, rows: list[Row[*tuple[Any, ...]]], custody: Custody
    ) -> Iterator[tuple[str, Kept]]:
        """One after another, as they are kept: a manifest may have 30 MB."""
        for row in rows:
            with self.services.read_only() as session:
                query = select(TransferMessage.document).where(TransferMessage.id == row.id)
                document = Kept(session.scalars(query).one(), row.sha256)
            if not document.is_sound():
                custody.damaged.append(_file_of(row))
                continue
            custody.messages += 1
            yield _file_of(row), document

    def _beside(self, parts: list[str], custody: Custody) -> Iterator[tuple[str, bytes]]:
        """Acts with what lies beside them, and segments; what a kill left without an act stays."""
        prefixes = [prefix for part in parts for prefix in _PREFIXES.get(part, ())]
        if not prefixes:
            return
        source = EvidenceSource(self.services.copies, SegmentDigests(self.services.database))
        act = "-"  # all but the suffix of the one that its files follow
        for key in source.names(prefixes):
            if key.startswith(f"{ACTS}/"):
                if key.endswith(".json"):
                    act = key.removesuffix("json")
                elif not key.startswith(act):
                    continue
            content = source.read(key)
            if content is None:
                custody.damaged.append(key)
                continue
            custody.acts += key.startswith(f"{ACTS}/") and key.endswith(".json")
            custody.segments += key.startswith(AUDIT)
            yield key, content


def _file_of(row: Row[*tuple[Any, ...]]) -> str:
    name = f"{row.kind.value}-{row.direction.value}-{row.sequence:03}.xml"
    return f"{MESSAGES}/{row.Transfer.id}/{name}"


def _told_of(row: Row[*tuple[Any, ...]]) -> list[str | int]:
    """A line of the list."""
    transfer: Transfer = row.Transfer
    return [
        str(transfer.id),
        transfer.name,
        row.code,
        transfer.direction.value,
        transfer.partner,
        transfer.partner_code,
        row.kind.value,
        row.direction.value,
        row.sequence,
        clock.iso(row.at),
        row.sha256,
        _file_of(row),
    ]


def _batches(held: Iterable[tuple[str, _Content]]) -> Iterator[dict[str, _Content]]:
    batch, size = dict[str, _Content](), 0
    for key, content in held:
        batch[key] = content
        size += len(content.text if isinstance(content, Kept) else content)
        if len(batch) == _AT_ONCE or size >= _BYTES:
            yield batch
            batch, size = {}, 0
    yield batch


def _put(data: Path, files: dict[str, _Content]) -> None:
    """Some files together, whole and durable; those that are there as they should be stay."""
    parts: dict[Path, Path] = {}
    for key, content in files.items():
        target = data / key
        if isinstance(content, bytes) and target.is_file() and target.read_bytes() == content:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        with part.open("wb") as out:
            out.writelines(content if isinstance(content, Kept) else [content])
        parts[target] = part
    sync_files(list(parts.values()))
    for target, part in parts.items():
        part.replace(target)
    sync_folders({target.parent for target in parts})


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return sha256_of(file)
