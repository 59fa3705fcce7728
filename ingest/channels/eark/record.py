"""What a package of this product tells beyond METS and EAD; read in the child, as all metadata is.

An AIP has its whole catalogue record, a SIP the fields that the circular has no name for, and both
the fields of the agency's own. Of another program's package there is nothing of it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archive_service import clock
from archive_service.domain.agencies.own_field import OWN
from archive_service.domain.case_files.handling import handling_kept
from archive_service.packaging.catalogue import FORMAT as RECORD_FORMAT
from archive_service.packaging.fonds_record import FORMAT as FONDS_FORMAT
from archive_service.packaging.further import FORMAT, NO_IMAGE, column_of, further_names
from archive_service.packaging.own_record import FORMAT as OWN_FORMAT
from archive_service.packaging.tree import CATALOGUE, FONDS, FURTHER
from archive_service.packaging.tree import OWN as OWN_PATH

_ISSUED = ("docId",)  # of its issuer: the circular's description of an AIP has no place for it
# Of how a file was made: what tells of it when the package is built anew.
_MAKING = ("detail", "note", "software")
_FORM = ("media_type", "puid", "format_name")
_MIGRATION = ("detail", "note", "tool")


@dataclass(frozen=True, slots=True)
class ToldFile:
    """One file; paths are those in ``data/``. ``role`` is empty where nothing says it."""

    name: str = ""
    standing: str = ""
    turn_deg: int = 0
    dpi: float | None = None
    derived_from: tuple[str, ...] = ()
    role: str = ""
    at: str = ""  # since when it is there, ISO 8601
    superseded: bool = False
    form: Mapping[str, str | None] | None = None
    making: Mapping[str, Any] = field(default_factory=dict)
    migration: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToldDocument:
    """One document: fields by their names, and what became of it since."""

    fields: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None  # without notes of what became of it; None: nothing is told
    relations: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, ToldFile] = field(default_factory=dict)
    replaced: bool = False
    recalled_at: str = ""
    quarantined: bool = False
    handling: Mapping[str, Any] = field(default_factory=dict)
    moved_to: str = ""  # code of the case file that has it now


@dataclass(frozen=True, slots=True)
class ToldRecord:
    """All of it; documents by the stem of their descriptive files."""

    fields: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, ToldDocument] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)  # of the case file, by name
    own_of_documents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    code: str = ""  # mã hồ sơ, which an AIP has under that of its archive alone
    permanent: bool = False
    # Where it comes from: code, name, arcFileCode.
    archive: Mapping[str, str] = field(default_factory=dict)
    fonds: str = ""  # code of the fonds there


def read_record(read: Callable[[str], bytes | None]) -> tuple[ToldRecord, list[str]]:
    """What is told, and the paths of files that are not what they are with us.

    Args:
        read: the bytes at a path of the package; ``None`` where it lists no such file.
    """
    unreadable: list[str] = []
    facts: dict[str, Any] = {}
    readers = (FURTHER, _further), (CATALOGUE, _catalogue), (OWN_PATH, _own), (FONDS, _fonds)
    for path, taken in readers:
        data = read(path)
        if data is None:
            continue
        try:
            facts |= taken(json.loads(data))
        except (ValueError, TypeError, KeyError, AttributeError):
            unreadable.append(path)
    return ToldRecord(**facts), unreadable


def _require(facts: Mapping[str, Any], known: str) -> None:
    if facts["format"] != known:
        raise ValueError(f"unknown: {facts['format']!r}")


def _fonds(facts: Mapping[str, Any]) -> dict[str, Any]:
    _require(facts, FONDS_FORMAT)
    return {"fonds": str(facts.get("code") or "")}


def _own(facts: Mapping[str, Any]) -> dict[str, Any]:
    _require(facts, OWN_FORMAT)
    documents = {
        f"{int(ordinal):04d}": _texts(values) for ordinal, values in facts["documents"].items()
    }
    return {"own": _texts(facts["case_file"]), "own_of_documents": documents}


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {f"{OWN}{name}": str(value) for name, value in values.items()}


def _further(facts: Mapping[str, Any]) -> dict[str, Any]:
    _require(facts, FORMAT)
    archive = {name: str(value)[:300] for name, value in facts["archive"].items()}
    return {
        "fields": _known(facts["case_file"], further_names("case-file")),
        "documents": {
            str(name): ToldDocument(
                fields=_known(document["fields"], [*further_names("document"), *NO_IMAGE]),
                description=str(document.get("description") or ""),
                relations=tuple(
                    (str(kind), str(target)[:300]) for kind, target in document.get("relations", ())
                ),
                files={
                    str(path): ToldFile(
                        name=str(file["name"]),
                        standing=str(file["standing"]),
                        turn_deg=int(file["turn_deg"]),
                        dpi=_number(file.get("dpi")),
                    )
                    for path, file in document["files"].items()
                },
                recalled_at=_moment(document.get("recalled_at")),
                handling=handling_kept(document.get("handling")),
                quarantined=document.get("quarantined") is True,
            )
            for name, document in facts["documents"].items()
        },
        "archive": archive,
    }


def _known(values: Mapping[str, Any], names: list[str]) -> dict[str, str]:
    return {name: str(values[name]) for name in names if values.get(name) not in (None, "")}


def _catalogue(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of rows, by names that stay (``catalogue-record/1``)."""
    _require(facts, RECORD_FORMAT)
    row = facts["case_file"]
    return {
        "fields": _of_columns(row, further_names("case-file")),
        "documents": dict(_documents(facts["documents"])),
        "code": str(row.get("code") or ""),
        "permanent": row.get("permanent") is True,
        "archive": {"arcFileCode": str(row.get("arc_file_code") or "")[:300]},
    }


def _of_columns(row: Mapping[str, Any], names: list[str]) -> dict[str, str]:
    return _known({name: row.get(column_of(name)) for name in names}, names)


def _documents(rows: list[Mapping[str, Any]]) -> Iterator[tuple[str, ToldDocument]]:
    for row in rows:
        yield (
            f"{int(row['ordinal']):04d}",
            ToldDocument(
                fields=_of_columns(row, [*_ISSUED, *further_names("document"), *NO_IMAGE]),
                description=str(row.get("description") or ""),
                relations=tuple(
                    (str(relation["relation"]), str(relation["target"])[:300])
                    for relation in row.get("relations", ())
                ),
                files={str(file["path"]): _file(file) for file in row["files"]},
                replaced=row.get("replaced_in") is not None,
                recalled_at=_moment(row.get("recalled_at")),
                handling=handling_kept(row.get("handling")),
                quarantined=row.get("quarantined") is True,
                moved_to=str((row.get("moved_to") or {}).get("code", "")),
            ),
        )


def _file(row: Mapping[str, Any]) -> ToldFile:
    making = dict(row.get("making") or {})
    if "outcomes" in making and not all(isinstance(making.get(fact), str) for fact in _MAKING):
        del making["outcomes"]
    migration = dict(row.get("migration") or {})
    whole = all(isinstance(migration.get(name), str) for name in _MIGRATION)
    return ToldFile(
        name=str(row["name"]),
        standing=str(row.get("standing") or ""),
        turn_deg=int(row.get("turn_deg") or 0) % 360,
        dpi=_number(row.get("dpi")),
        derived_from=tuple(str(path) for path in row.get("derived_from") or ()),
        role=str(row["role"]),
        at=_moment(row.get("created_at")),
        superseded=row.get("superseded_in") is not None,
        form={name: _text_or_none(row.get(name)) for name in _FORM},
        making=making,
        migration=migration if whole else {},
    )


def _moment(value: Any) -> str:  # Any: of JSON
    """ISO 8601 as it is kept; ``ValueError`` where it is none."""
    return clock.iso(clock.parse_iso(str(value))) if value else ""


def _text_or_none(value: Any) -> str | None:  # Any: of JSON
    return None if value is None else str(value)[:200]


def _number(value: Any) -> float | None:  # Any: of JSON
    return None if value is None else float(value)
