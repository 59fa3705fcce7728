"""What a list comes to: case files by outcome; documents and bytes of what is to be destroyed."""

from collections import Counter
from collections.abc import Iterable

from archive_service.domain.retention.disposition import Outcome
from archive_service.web.display import number, size
from archive_service.web.language import language
from archive_service.web.layout import t
from retention.disposition.documents import DispositionDocument, DispositionItemDocument

_NAMED = 5  # codes that a sentence names
_MOVED = {
    "destroy": (Outcome.DESTROY.value,),
    "extend": (Outcome.KEEP.value, Outcome.PERMANENT.value),
}


def by_outcome(document: DispositionDocument) -> list[tuple[str, str]]:
    """(outcome in words, case files) of a DISPOSITION; last those not reviewed, or left out now."""
    counts = Counter(
        _word(disposition_item)
        for disposition_item in _standing(document)
        if not _left(disposition_item)
    )
    words = {outcome.value: t(f"pages.disposition_list.sum-{outcome.value}") for outcome in Outcome}
    words[""] = t("pages.disposition_list.sum-none")
    rows = [(words[word], number(counts[word], language())) for word in words if counts[word]]
    if left := sum(_left(disposition_item) for disposition_item in _standing(document)):
        rows.append((t("pages.disposition_now.sum"), number(left, language())))
    return rows


def destroyed(document: DispositionDocument) -> int:
    """Case files that would be destroyed as things stand now."""
    return len(_to_destroy(document))


def documents_on(document: DispositionDocument) -> int:
    """Documents of what is on the list and not left out; ``size_bytes`` of it counts the same."""
    return sum(
        disposition_item.documents
        for disposition_item in _standing(document)
        if not _left(disposition_item)
    )


def left_now(document: DispositionDocument) -> list[str]:
    """Of what is to be destroyed, and of what is to be kept on: how many are left out, and why."""
    told_of = []
    for kind, outcomes in _MOVED.items():
        asked = [
            disposition_item
            for disposition_item in _standing(document)
            if _word(disposition_item) in outcomes
        ]
        if left := left_words(asked):
            count = number(len(asked), language())
            told_of.append(t(f"pages.disposition_now.{kind}", count=count, left=left))
    return told_of


def shortened(document: DispositionDocument) -> list[str]:
    """Case files whose term a person made shorter, in a sentence; nothing where there are none."""
    codes = [
        disposition_item.code
        for disposition_item in _standing(document)
        if disposition_item.shortened
    ]
    if not codes:
        return []
    named = ", ".join(codes[:_NAMED]) + (" …" if len(codes) > _NAMED else "")
    count = number(len(codes), language())
    return [t("pages.term_shortened.count", count=count, codes=named)]


def left_words(items: Iterable[DispositionItemDocument]) -> str:
    """How many of some case files of a list are left out now, by reason; empty: none."""
    why = Counter(
        disposition_item.now.code
        for disposition_item in items
        if disposition_item.now and _left(disposition_item)
    )
    return ", ".join(
        t(
            "pages.disposition_now.each",
            count=number(count, language()),
            why=t(f"labels.disposition-now.{code}"),
        )
        for code, count in why.items()
    )


def sums(document: DispositionDocument) -> list[tuple[str, str]]:
    """``by_outcome`` with documents and bytes that go, and the digest of the list."""
    gone, lang = _to_destroy(document), language()
    documents = sum(disposition_item.documents for disposition_item in gone)
    rows = by_outcome(document)
    if gone:
        size_bytes = sum(disposition_item.size_bytes for disposition_item in gone)
        rows.append((t("pages.disposition_list.documents_gone"), number(documents, lang)))
        rows.append((t("pages.disposition_list.size_gone"), size(size_bytes, lang)))
    rows.append(
        (t("pages.disposition_list.digest"), f"sha256 {(document.list_sha256 or '')[:16]}…")
    )
    return rows


def _standing(document: DispositionDocument) -> list[DispositionItemDocument]:
    return [
        disposition_item
        for disposition_item in document.items
        if disposition_item.state not in ("refused", "left-out")
    ]


def _to_destroy(document: DispositionDocument) -> list[DispositionItemDocument]:
    gone = Outcome.DESTROY.value
    return [
        disposition_item
        for disposition_item in _standing(document)
        if disposition_item.outcome == gone and not _left(disposition_item)
    ]


def _word(item: DispositionItemDocument) -> str:
    return str(item.outcome or "").partition(":")[0]


def _left(item: DispositionItemDocument) -> bool:
    """What nobody reviewed, or what waits, moves nowhere: nothing of it is left out."""
    return bool(item.now) and _word(item) in (word for some in _MOVED.values() for word in some)
