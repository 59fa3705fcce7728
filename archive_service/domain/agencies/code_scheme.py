"""How the codes of an old fonds are made that bear no year: a scheme that the fonds declares."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archive_service.domain.agencies.agency_identifier import parse_agency_identifier
from archive_service.domain.agencies.record_code import MAX_LENGTH, RecordCode
from archive_service.errors import InputError
from archive_service.text import nfc

_WORD = r"[0-9A-Za-z_\-\u00c0-\u024f\u1e00-\u1eff]+"
# What each place of a scheme takes; what stands between them is as it is written.
_PLACES = {
    "inventory": rf"(?P<inventory>{_WORD})",
    "number": r"(?P<number>[0-9][0-9A-Za-z]*)",
    "symbol": rf"(?P<symbol>{_WORD})",
}
_PLACE = re.compile(r"\{([a-z]*)\}")
_BETWEEN = re.compile(rf"(?:{_WORD}|\.)*")
_START = "{agency}."
_EXAMPLE = "{agency}.ML{inventory}.{number}.{symbol}"


class CodeSchemeError(InputError):
    """Not a scheme: it begins with ``{agency}.`` and has ``{number}`` once."""


@dataclass(frozen=True, slots=True)
class FondsScheme:
    """The scheme of a fonds under one of its agency's identifiers."""

    agency: str  # the identifier
    fonds: str  # its code
    scheme: str

    @property
    def shown(self) -> str:
        """As a person fills it in: ``H40.18.ML{inventory}.{number}``."""
        return self.scheme.replace("{agency}", self.agency, 1)


def checked_scheme(text: str) -> str:
    """The scheme as it is kept, empty for none: ``{agency}.ML{inventory}.{number}``.

    Raises:
        CodeSchemeError: another beginning, an unknown or repeated place, or no ``{number}``.
    """
    given = nfc(text).strip()
    if not given:
        return ""
    rest = given.removeprefix(_START)
    places = _PLACE.findall(rest)
    between = _PLACE.split(rest)[::2]
    known = set(places) <= set(_PLACES) and len(places) == len(set(places))
    plain = all(_BETWEEN.fullmatch(part) for part in between)
    if rest == given or "number" not in places or not known or not plain:
        raise CodeSchemeError(scheme=given[:MAX_LENGTH], example=_EXAMPLE)
    return given


def read_by_scheme(text: str, schemes: Iterable[FondsScheme]) -> RecordCode | None:
    """A code that follows one of them, without a year; the longest identifier wins."""
    given = nfc(text).strip()
    if not given or len(given) > MAX_LENGTH:
        return None
    for scheme in sorted(schemes, key=lambda each: (-len(each.agency), each.fonds)):
        found = re.fullmatch(_pattern(scheme), given)
        if found is not None:
            parts = found.groupdict()
            return RecordCode(
                agency=scheme.agency,
                year=0,
                number=parts["number"],
                symbol=parts.get("symbol") or parts.get("inventory"),
                form=parse_agency_identifier(scheme.agency).form,
                fonds=scheme.fonds,
                given=given,
            )
    return None


def _pattern(fonds_scheme: FondsScheme) -> str:
    rest = fonds_scheme.scheme.removeprefix(_START)
    parts = _PLACE.split(rest)
    pattern = [_PLACES[part] if at % 2 else re.escape(part) for at, part in enumerate(parts)]
    return re.escape(f"{fonds_scheme.agency}.") + "".join(pattern)
