"""Whether another case file keeps all that one holds: pure, of rows already read.

A *duplicate* has each of its documents, by the SHA-256 of all received files, in one other case
file, its keeper, under the same access modes: which of two modes is right is for a person to say.
Number, symbol and issuer alone are a hint and destroy nothing. A *superseded draft* holds drafts
only, each replaced by an issued document that its keeper holds.

Source:
    Luật Lưu trữ 33/2024/QH15, Điều 16: expired or duplicate material is destroyed.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from archive_service.domain.retention.disposition import Ground

KEPT_GROUNDS = (Ground.DUPLICATE, Ground.SUPERSEDED)  # where a keeper is named, and asked for
ISSUED_STANDINGS = ("original", "official")  # bản gốc, bản chính


@dataclass(frozen=True, slots=True)
class Holding:
    """One document of a case file, as far as it is told from another."""

    id: UUID
    doc_code: str
    originals: tuple[str, ...]  # SHA-256 of its received files, sorted; empty ones are left out
    modes: tuple[str, ...]  # who may read it: access modes of its case file and its own
    is_current: bool  # not replaced by another document of its own case file
    is_closed: bool = False  # in quarantine, or recalled by its issuer
    is_issued: bool = True  # bears a number or a signature, or is declared bản gốc or bản chính
    replaces: frozenset[str] = frozenset()  # codes of documents, as people decided
    replaced_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Content:
    """What a case file holds: its documents, and ids of those of others that belong to it too."""

    documents: tuple[Holding, ...] = ()
    linked: frozenset[UUID] = frozenset()
    on_paper: bool = False  # paper of it lies in a box: that is not told by digests


@dataclass(frozen=True, slots=True)
class Term:
    """Until when a case file is kept; neither permanent nor with a last day: it awaits an event."""

    permanent: bool
    ends_on: dt.date | None

    def lasts(self, on: dt.date) -> bool:
        """Whether it is not over on this local day; the last day still belongs to it."""
        return self.permanent or self.ends_on is None or self.ends_on >= on

    def covers(self, other: "Term") -> bool:
        """Whether it is at least as long; of two that await an event nobody knows."""
        if self.permanent or other.permanent:
            return self.permanent
        if self.ends_on is None or other.ends_on is None:
            return other.ends_on is not None
        return self.ends_on >= other.ends_on


def kept_pairs(ground: Ground, of: Content, keeper: Content) -> dict[UUID, UUID] | None:
    """Each document of ``of`` with the one of ``keeper`` that stands for it.

    ``None`` unless every one has such, all that is linked into it is of the keeper as well, and
    none of it lies on paper or is closed.
    """
    there = {document.id for document in keeper.documents} | keeper.linked
    if not of.documents or of.on_paper or not of.linked <= there:
        return None
    find = _finals(of, keeper) if ground is Ground.SUPERSEDED else _equals(keeper)
    found = {
        document.id: find.get(_key(ground, document))
        for document in of.documents
        if not document.is_closed
    }
    whole = {mine: other for mine, other in found.items() if other is not None}
    return whole if len(whole) == len(of.documents) else None


_Key = tuple[object, ...]


def _key(ground: Ground, holding: Holding) -> _Key:
    if ground is Ground.SUPERSEDED:
        return (holding.id,)
    return holding.originals, holding.modes, holding.is_current


def _equals(keeper: Content) -> Mapping[_Key, UUID]:
    """The keeper's documents that have bytes, by these, by mode, and whether they are current."""
    open_ones = [
        document for document in keeper.documents if not document.is_closed and document.originals
    ]
    return {_key(Ground.DUPLICATE, holding): holding.id for holding in reversed(open_ones)}


def _finals(of: Content, keeper: Content) -> Mapping[_Key, UUID]:
    """By draft, the issued document that replaced it: both say so, and it is linked here."""
    final = {
        document.doc_code: document
        for document in keeper.documents
        if document.is_issued
        and document.is_current
        and not document.is_closed
        and document.originals
    }
    found: dict[_Key, UUID] = {}
    for draft in of.documents:
        for code in sorted(draft.replaced_by & final.keys()):
            is_final = draft.doc_code in final[code].replaces and final[code].id in of.linked
            if is_final and not draft.is_issued:
                found[(draft.id,)] = final[code].id
    return found
