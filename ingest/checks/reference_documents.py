"""What signatures make of a document: an original, or nothing more than a reference."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from archive_service.domain.case_files.document import PAPER, Document
from archive_service.domain.intake.submission import DeclaredCaseFile
from archive_service.signing.pdf.report import HOLDING, signed_files
from archive_service.signing.port import SignerKind
from ingest.checks.rules import rules

REFERENCE = "reference"  # tham khảo
ORIGINAL = "original"  # bản gốc
DIGITIZED = ("digitized-by-issuer", "digitized-by-receiver")
BESIDE = ("annex", "enclosure", "process")
RULES = "signature_rules"


def have_value(outcomes: Iterable[str]) -> bool:
    """Whether one of the signatures with these outcomes proves anything: by rule ``unsigned``."""
    return any(outcome not in _without_value() for outcome in outcomes)


def is_ruled(home: Path | None) -> bool:
    """Whether rule ``unsigned`` is on."""
    return rules(RULES, home=home)["unsigned"].on


def tell_standing(
    documents: Iterable[Document], *, level: str | None, home: Path | None = None
) -> None:
    """Set ``reference`` for electronic documents whose own files bear no signature of value.

    One that its sender gave no standing, and on which all signatures hold, is an original, unless
    an agency alone signed: that may be a copy. What was declared is told by a finding of
    ``checks/both_signatures.py``.

    What was paper bears a signature of the hand, and its scan is judged by people. See
    ``config/rule_sets/signature_rules.toml``.

    Args:
        level: ``confidenceLevel`` of the case file, for those that have none of their own.
        home: where rule ``unsigned`` may be switched off.
    """
    asked = rules(RULES, home=home)
    for document in documents:
        if document.kind != "document":
            continue
        main = {file.name for file in document.files if file.standing not in BESIDE}
        was_paper = _was_paper(document.confidence_level or level, document.origin)
        if was_paper or not main or document.page_images():
            continue
        own = (signature for signature in document.signatures if not signature.get("within"))
        on_main = [
            entry for entry in own if signed_files(entry["file"], entry.get("over", ())) & main
        ]
        if not have_value(str(entry.get("outcome", "")) for entry in on_main):
            document.standing = REFERENCE if asked["unsigned"].on else document.standing
        elif not document.standing and asked["original"].on and _is_original(on_main):
            document.standing = ORIGINAL


def for_reference(
    declared: DeclaredCaseFile,
    signatures: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    home: Path | None = None,
) -> frozenset[int]:
    """Rows of the documents that acceptance would set ``reference`` for.

    Args:
        signatures: by the path of each file that was looked into.
        home: where rule ``unsigned`` may be switched off.
    """
    rows: set[int] = set()
    if not is_ruled(home):
        return frozenset(rows)
    for document in declared.documents:
        level, files = declared.fields.get("confidenceLevel"), document.files
        fields = document.fields
        if document.kind != "document" or fields.get("standing") == REFERENCE:
            continue
        if _was_paper(fields.get("confidenceLevel") or level, fields.get("origin")):
            continue
        main = [file.path for file in files if file.standing not in BESIDE]
        names = {file.first_name for file in files if file.standing not in BESIDE}
        if not main or any(file.page_image for file in files) or not signatures.keys() >= set(main):
            continue
        if not have_value(
            str(signature.get("outcome", ""))
            for file in files
            for signature in signatures.get(file.path, ())
            if not signature.get("within")
            and signed_files(file.first_name, signature.get("over", ())) & names
        ):
            rows.add(document.row)
    return frozenset(rows)


def _is_original(signatures: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all hold, and one of them is not of an agency."""
    all_hold = all(str(signature.get("outcome", "")) in HOLDING for signature in signatures)
    return all_hold and any(signature.get("kind") != SignerKind.AGENCY for signature in signatures)


def _was_paper(level: str | None, origin: str | None) -> bool:
    return level in PAPER or origin in DIGITIZED


@lru_cache(maxsize=1)
def _without_value() -> frozenset[str]:
    row = rules(RULES)["unsigned"].row
    return frozenset(cast(list[str], row["without_value"]))
