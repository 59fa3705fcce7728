"""Acts of custody: one write-once JSON document for each step, in every copy."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, TypedDict

from archive_service import clock
from archive_service.audit import parse_json
from archive_service.domain.keeping import act as rows
from archive_service.errors import IntegrityViolationError
from archive_service.storage.copies.identity import identify, put_all_read_back
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectStore, is_key, require_key

ACTS = "acts"
SIDECAR_SUFFIX = ".sha256"


class ActDamagedError(IntegrityViolationError):
    """An act that does not read as one."""


class ActDocument(TypedDict):
    """An act as it stands in every copy; its ``body`` is what the room of its kind wrote."""

    id: str
    kind: str
    subject_id: str
    at: str
    body: dict[str, Any]  # Any: whatever JSON can hold


@dataclass(frozen=True, slots=True)
class Act:
    """One act as it lies in a copy."""

    key: str
    kind: str
    name: str
    document: dict[str, Any]

    def said(self) -> dict[str, Any]:
        """The document as it was given to ``written_act``."""
        return {name: value for name, value in self.document.items() if name != "companions"}

    def companions(self) -> dict[str, str]:
        """Key -> SHA-256 of the files that lie beside it."""
        folder = self.key.rpartition("/")[0]
        listed: list[dict[str, str]] = self.document.get("companions", [])
        return {f"{folder}/{entry['name']}": entry["sha256"] for entry in listed}

    def is_in_its_place(self) -> bool:
        """Whether it lies where one that says this would, its paper, of which it has one, beside.

        Raises:
            LookupError, TypeError, ValueError, AttributeError: it says nothing of the kind.
        """
        name = _name(clock.parse_iso(self.document["at"]), self.document["id"])
        papers = [key.rpartition(".")[0] for key in self.companions()]
        here = (self.kind, self.name) == (self.document["kind"], name)
        return here and papers in ([], [self.key.removesuffix(".json")])


@dataclass(frozen=True, slots=True)
class WrittenAct:
    """One act as it goes into the copies; its bytes are made once, for however many there are.

    ``beside`` are its files but for itself, by their keys: companions, and the digest of the act.
    """

    key: str
    data: bytes
    beside: Mapping[str, bytes]


def act_name(row: rows.Act) -> str:
    """One step, one name; names sort as the steps came."""
    return _name(row.at, row.id)


def _name(at: dt.datetime, act_id: object) -> str:
    return f"{at:%Y%m%dT%H%M%S%f}-{act_id}"


def act_key(row: rows.Act) -> str:
    """Where it lies in every copy."""
    return f"{ACTS}/{row.kind}/{act_name(row)}.json"


def act_document(row: rows.Act) -> ActDocument:
    """The act of a row."""
    return ActDocument(
        id=str(row.id),
        kind=row.kind,
        subject_id=row.subject_id,
        at=clock.iso(row.at),
        body=row.document,
    )


def written_act(
    kind: str, name: str, document: Mapping[str, Any], companions: Mapping[str, bytes] = {}
) -> WrittenAct:
    """An act as ``write_acts`` takes it.

    It lies in ``acts/<kind>/<name>.json``, its digest beside it as ``sha256sum`` writes it, so that
    a copy can be judged alone. The caller chooses ``name`` so that one step has one name, and gives
    the same document on every try.

    Args:
        companions: suffix (such as ``pdf``) -> bytes, kept as ``<name>.<suffix>`` and named in the
            document, under ``companions``, with digest and size.
    """
    key = f"{ACTS}/{kind}/{name}.json"
    require_key(key)
    beside = {f"{name}.{suffix}": data for suffix, data in sorted(companions.items())}
    whole = dict(document)
    if beside:
        whole["companions"] = [
            {"name": file, "sha256": sha256(data).hexdigest(), "size_bytes": len(data)}
            for file, data in beside.items()
        ]
    encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, indent=1)
    data = b"".join(piece.encode() for piece in chain(encoder.iterencode(whole), "\n"))
    files = {f"{ACTS}/{kind}/{file}": content for file, content in beside.items()}
    files[key + SIDECAR_SUFFIX] = sidecar_line(key, sha256(data).hexdigest())
    return WrittenAct(key, data, files)


def write_acts(acts: Sequence[WrittenAct], *, copy: ObjectStore) -> None:
    """Put many at once into one copy and read them back; safe to repeat.

    What lies beside an act comes first: who sees an act sees all of it.

    Raises:
        ObjectExistsError: one of them was recorded already, with other words.
        BackendError: the copy did not answer or gave back other bytes: try again.
    """
    identify(copy)
    beside = {key: data for act in acts for key, data in act.beside.items()}
    for files in (beside, {act.key: act.data for act in acts}):
        put_all_read_back(copy, files)


def iter_acts(copy: ObjectStore, kind: str | None = None) -> Iterator[Act]:
    """All acts of a copy, or of one kind, in the order of their keys.

    Raises ``ActDamagedError`` at the first that does not read or does not match its digest.
    """
    for key in copy.iter_keys(f"{ACTS}/{kind}/" if kind else f"{ACTS}/"):
        if key.endswith(".json") and is_key(key):
            yield read_act(copy, key)


def read_act(copy: ObjectStore, key: str) -> Act:
    """One act by its key; ``ObjectNotFoundError``, or ``ActDamagedError`` as above."""
    data = read(copy, key)
    if act_digest(read(copy, key + SIDECAR_SUFFIX)) != sha256(data).hexdigest():
        raise ActDamagedError(copy=copy.name, key=key)
    return parse_act(key, data)


def parse_act(key: str, data: bytes) -> Act:
    """The act in these bytes; ``ActDamagedError`` if they hold none."""
    try:
        document = parse_json(data)
    except ValueError:
        raise ActDamagedError(key=key) from None
    if not isinstance(document, dict):
        raise ActDamagedError(key=key)
    path = PurePosixPath(key)
    return Act(key, str(path.parent.relative_to(ACTS)), path.stem, document)


def act_digest(line: bytes) -> str | None:
    """The digest that an act's sidecar names; ``None`` if it is not a sidecar."""
    digest = line[:64].decode("ascii", "replace")
    is_hex = len(digest) == 64 and not set(digest) - set("0123456789abcdef")
    return digest if is_hex and line[64:66] == b"  " else None


def sidecar_line(key: str, digest: str) -> bytes:
    """What stands beside the act with this digest."""
    return f"{digest}  {key.rpartition('/')[2]}\n".encode()
