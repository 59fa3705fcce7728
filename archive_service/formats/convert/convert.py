"""Making a file of another format beside the original: what there is to do it, and what it found.

A converter runs in a child process under limits, reads the original and writes a new file; the
result must stand its checks, or there is none.
"""

import datetime as dt
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.convert.result import (
    Migrated,
    MigrationImpossibleError,
    MigrationInvalidError,
)
from archive_service.formats.identify import identify
from archive_service.formats.output import Output

LIMIT_S = 600
MEMORY_MIB = 2048


class NoConverterError(InputError):
    """Nothing here makes that of this format."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a migration makes; ``puid`` is what PRONOM must say of the result."""

    key: str
    puid: str
    format_name: str
    media_type: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Converter:
    """One way from a family of formats to a target; ``function`` is ``module:name``."""

    target: Target
    function: str


PDF_A = Target("pdf-a", "fmt/477", "PDF/A-2b", "application/pdf", "pdf")
UTF_8 = Target("utf-8", "x-fmt/111", "Plain Text File (UTF-8)", "text/plain", "txt")
_IMAGE = Converter(PDF_A, "archive_service.formats.convert.image:image_to_pdfa")
_PDF = Converter(PDF_A, "archive_service.formats.convert.pdf:pdf_to_pdfa")
_TEXT = Converter(UTF_8, "archive_service.formats.convert.text:text_to_utf8")
# By the key of the family in ``config/standards/format_risks.toml``.
_CONVERTERS: Mapping[str, Converter] = {
    "jpeg": _IMAGE,
    "png": _IMAGE,
    "tiff": _IMAGE,
    "bmp": _IMAGE,
    "gif": _IMAGE,
    "pdf": _PDF,
    "pdf-old": _PDF,
    "pdf-x": _PDF,
    "text": _TEXT,
}


def converter_of(family: str) -> Converter | None:
    """What converts files of this family; ``None``: nothing that is installed here."""
    return _CONVERTERS.get(family)


def migrate(
    source: Path, target: Path, *, family: str, title: str, made_at: dt.datetime
) -> Migrated:
    """Convert the file at ``source``; what lies at ``target`` counts only if nothing is raised.

    Raises:
        NoConverterError: of a family that nothing converts.
        MigrationNeedlessError: it is already what it should become.
        MigrationImpossibleError: it holds what the target cannot, or the tool failed on it.
        MigrationDiffersError: the result does not show what the original shows.
        MigrationInvalidError: the result is not of the format that was wanted.
    """
    converter = converter_of(family)
    if converter is None:
        raise NoConverterError(family=family)
    made = run_limited(
        _function(converter),
        source,
        Output(target),
        title,
        made_at,
        limit_s=LIMIT_S,
        memory_mib=MEMORY_MIB,
    )
    if isinstance(made, ParserFailure):
        raise MigrationImpossibleError(reason=f"{made.reason.value}: {made.detail}"[:300])
    found = identify(target, name=f"x.{converter.target.suffix}")
    if found.puid != converter.target.puid:
        raise MigrationInvalidError(expected=converter.target.puid, found=str(found.puid))
    return made


def _function(converter: Converter) -> Callable[[Path, Path, str, dt.datetime], Migrated]:
    """The child finds it by the same name; its libraries are loaded there."""
    module, _, name = converter.function.partition(":")
    found: Callable[[Path, Path, str, dt.datetime], Migrated] = getattr(
        importlib.import_module(module), name
    )
    return found
