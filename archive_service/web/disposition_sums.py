"""What a list comes to: case files by outcome; documents and bytes of what is to be destroyed."""

from typing import Any

from archive_service.domain.disposition import Outcome
from archive_service.web.display import number, size
from archive_service.web.language import language
from archive_service.web.layout import t


def by_outcome(told: dict[str, Any]) -> list[tuple[str, str]]:
    """(outcome in words, case files) of a DISPOSITION; those nobody reviewed stand last."""
    counts: dict[str, int] = {}
    for one in _standing(told):
        word = (one["outcome"] or "").partition(":")[0]
        counts[word] = counts.get(word, 0) + 1
    words = {one.value: t(f"pages.disposition_list.sum-{one.value}") for one in Outcome}
    words[""] = t("pages.disposition_list.sum-none")
    return [(words[word], number(counts[word], language())) for word in words if counts.get(word)]


def destroyed(told: dict[str, Any]) -> int:
    """Case files that are to be destroyed."""
    return len(_to_destroy(told))


def sums(told: dict[str, Any]) -> list[tuple[str, str]]:
    """``by_outcome`` with documents and bytes that go, and the digest of the list."""
    gone, lang = _to_destroy(told), language()
    documents = sum(one["documents"] for one in gone)
    rows = by_outcome(told)
    if gone:
        size_bytes = sum(one["size_bytes"] for one in gone)
        rows.append((t("pages.disposition_list.documents_gone"), number(documents, lang)))
        rows.append((t("pages.disposition_list.size_gone"), size(size_bytes, lang)))
    rows.append((t("pages.disposition_list.digest"), f"sha256 {(told['list_sha256'] or '')[:16]}…"))
    return rows


def _standing(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in told["items"] if one["state"] not in ("refused", "left-out")]


def _to_destroy(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in _standing(told) if one["outcome"] == Outcome.DESTROY.value]
