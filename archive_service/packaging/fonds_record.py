"""The fonds that a package belongs to, as it was when the version was built.

TT 05/2025 Điều 4 names the data of a fonds and gives them no form; they are told as JSON. Later
changes of the fonds rewrite nothing: the next version of a package carries them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.agencies.own_field import OwnField

FORMAT = "fonds/1"
_WORDS = (
    "history", "period", "classification", "languages", "description", "former_names",
    "close_reason", "code_scheme",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owner:
    """The agency that brought a case file forth, its fonds, and the fonds that follows it."""

    agency: Agency
    fonds: Fonds
    successor: Fonds | None = None
    own_fields: Sequence[OwnField] = ()  # of the agency, beside those of the circular


def fonds_fields(owner: Owner) -> dict[str, str]:
    """What is told of the fonds; what has no value is left out. Dates are ISO 8601."""
    fonds, successor = owner.fonds, owner.successor
    facts: dict[str, Any] = {
        "code": fonds.code,
        "name": fonds.name,
        "state": fonds.state.value,
        "agency_code": owner.agency.code,
        "agency_name": owner.agency.name,
        "opened_on": fonds.opened_on and fonds.opened_on.isoformat(),
        "closed_on": fonds.closed_on and fonds.closed_on.isoformat(),
        "successor_code": successor and successor.code,
        "successor_name": successor and successor.name,
        "total_documents": fonds.total_documents,
        "risk_recovery": int(fonds.risk_recovery),
        **{name: getattr(fonds, name) for name in _WORDS},
    }
    return {name: str(value) for name, value in facts.items() if value not in (None, "")}


def fonds_bytes(fields: Mapping[str, str]) -> bytes:
    """The file; the same fields always give the same bytes."""
    text = json.dumps({"format": FORMAT, **fields}, ensure_ascii=False, indent=1)
    return text.encode() + b"\n"


def read_fonds(data: bytes) -> dict[str, str]:
    """The fields of such a file; none where it is another writer's."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        return {}
    return {str(name): str(value) for name, value in content.items()}
