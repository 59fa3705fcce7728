"""Documents like one: with most of the words that set it apart, within what the reader may see."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log2
from uuid import UUID

from archive_service import access
from archive_service.catalogue.holdings.opening import get_document
from archive_service.catalogue.holdings.uses import is_reduced
from archive_service.catalogue.linking.links import also_in
from archive_service.document import Document
from archive_service.domain.people.account import Actor
from archive_service.packaging.page_texts import document_texts
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.text import nfc
from search.acts import outdated_among, visibility
from search.documents import HitDocument
from search.meant.repairs import function_words
from search.port import Query, Visibility
from search.query import Term, UserQuery
from search.words import words

_SHOWN = 10
_SHORTEST = 2  # letters of a word that tells something
_LOOKED_AT = 80  # different words, those of the title first
_ASKED = 16  # the heaviest of them
_TITLE = 2  # so many times heavier
_HEAVIEST = 16  # the weight of a word that one document has
_SHARE = 3  # one part in so many of all weight is like enough


class SimilarDocument(Document):
    """Those that are most like it, first."""

    hits: list[HitDocument]


@dataclass(frozen=True, slots=True)
class _Source:
    title: str
    pages: Sequence[str]


def similar_documents(services: Services, document_id: UUID, *, actor: Actor) -> SimilarDocument:
    """At most ten documents with the rarest words of its title and, where it may be read, text.

    How rare a word is goes by what the account may see alone.

    Raises:
        ActNotAllowedError: the role does not search.
        DocumentUnknownError: absent, or not to be known.
    """
    access.require(actor, "search")
    visible = visibility(services, actor, titles=True)
    query = _asked(services, _source(services, document_id, actor), visible)
    if query is None:
        return SimilarDocument(hits=[])
    page = services.index.search(query)
    with services.read_only() as session:
        hits = [hit for hit in page.hits if hit.document_id != document_id]
        documents = [hit.document_id for hit in hits if hit.document_id]
        elsewhere = also_in(session, documents)
        outdated = outdated_among(session, documents)
    shown = [HitDocument.of(hit, elsewhere, outdated) for hit in hits[:_SHOWN]]
    return SimilarDocument(hits=shown)


def _source(services: Services, document_id: UUID, actor: Actor) -> _Source:
    with services.read_only() as session:
        case_file, document = get_document(session, document_id, actor=actor)
        if document.quarantined or is_reduced(actor, case_file, document):
            return _Source(document.subject, ())
        pages = document_texts(
            document,
            version=case_file.version_stored,
            content=HeldContent(services.copies, case_file.ocfl_id),
            folder=services.work_folder,
        )
        return _Source(document.subject, [page.text for page in pages])


def _asked(services: Services, source: _Source, visible: Visibility) -> Query | None:
    """The rarest words that another document may have, too; ``None`` where there are none."""
    title = dict.fromkeys(_telling(source.title))
    often = Counter(word for text in source.pages for word in _telling(text))
    found = list(dict.fromkeys([*title, *(word for word, _ in often.most_common())]))[:_LOOKED_AT]
    terms = [Term((word,), (word,)) for word in found]
    plain = Query(UserQuery("", ()), visible, by="document", limit=_SHOWN + 1)
    counts = services.index.counts([replace(plain, words=UserQuery("", (term,))) for term in terms])
    weights = {
        at: max(1, _HEAVIEST - int(log2(count))) * (_TITLE if found[at] in title else 1)
        for at, count in enumerate(counts)
        if count > 1  # one has it: this document
    }
    heaviest = sorted(weights, key=lambda at: -weights[at])[:_ASKED]
    if not heaviest:
        return None
    asked = UserQuery(
        "",
        tuple(terms[at] for at in heaviest),
        weights=tuple(weights[at] for at in heaviest),
        least=-(-sum(weights[at] for at in heaviest) // _SHARE),
    )
    return replace(plain, words=asked)


def _telling(text: str) -> Iterator[str]:
    for word in words(nfc(text)):
        tells = len(word.folded) >= _SHORTEST and word.folded.isalpha()
        if tells and word.folded not in function_words():
            yield word.folded
