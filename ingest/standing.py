"""What a document is worth where its sender did not say: unsigned, it is for reference."""

from collections.abc import Iterable

from archive_service.domain.document import PAPER, Document

REFERENCE = "reference"  # tham khảo
DIGITIZED = ("digitized-by-issuer", "digitized-by-receiver")
BESIDE = ("annex", "enclosure", "process")


def tell_standing(documents: Iterable[Document], *, level: str | None) -> None:
    """Set ``reference`` for electronic documents that nobody signed and of which nothing is told.

    What was paper bears a signature of the hand, and its scan is judged by people. See
    ``config/rule_sets/signature_rules.toml``.

    Args:
        level: ``confidenceLevel`` of the case file, for those that have none of their own.
    """
    for document in documents:
        if document.standing or document.kind != "document":
            continue
        paper = (document.confidence_level or level) in PAPER or document.origin in DIGITIZED
        main = [file for file in document.files if file.standing not in BESIDE]
        if paper or not main or document.page_images() or document.signatures:
            continue
        document.standing = REFERENCE
