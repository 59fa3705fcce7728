"""What may be meant while it is typed: codes, titles and signers, within rights."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel

from archive_service import access
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.text import nfc
from search.acts import visibility
from search.port import Begun
from search.query import plain
from search.words import words

_MOST_TYPED = 100  # characters
_MOST_WORDS = 8
_SHORTEST = 2  # letters that say something
_LOOKED_AT = 40
_SHOWN, _SIGNERS = 8, 2


class SuggestionDocument(BaseModel):
    """One line below the box: ``query`` is what to search for; ``document`` an id, if it is one."""

    kind: str  # case-file, document, signer
    text: str
    code: str = ""
    document: str | None = None
    query: str


class SuggestionsDocument(BaseModel):
    """Those that fit best, first."""

    suggestions: list[SuggestionDocument]


def suggest(services: Services, text: str, *, actor: Actor) -> SuggestionsDocument:
    """Case files, documents and signers whose own data hold all the words, the last one begun.

    Nothing is suggested for less than two letters. What a search would not show is no suggestion.

    Raises:
        ActNotAllowedError: the role does not search.
    """
    access.require(actor, "search")
    typed = [word.folded for word in words(nfc(plain(text[:_MOST_TYPED])))][:_MOST_WORDS]
    if sum(map(len, typed)) < _SHORTEST:
        return SuggestionsDocument(suggestions=[])
    found = services.index.begun(typed, visibility(actor, titles=True), limit=_LOOKED_AT)
    signers = list(_signers(found, typed))[:_SIGNERS]
    named = [one for one in map(_named, found) if one.query not in {"", text}]
    first = named[: _SHOWN - len(signers)]
    return SuggestionsDocument(suggestions=[*first, *signers])


def _named(found: Begun) -> SuggestionDocument:
    return SuggestionDocument(
        kind="document" if found.document_id else "case-file",
        text=found.title,
        code=found.code,
        document=str(found.document_id) if found.document_id else None,
        query=found.title if found.document_id else found.code,
    )


def _signers(found: Iterable[Begun], typed: Sequence[str]) -> Iterator[SuggestionDocument]:
    """Each once, whose name holds what was typed; of another name the words were not meant."""
    *whole, begun = typed
    for signer in dict.fromkeys(one.signer for one in found if one.signer):
        names = [word.folded for word in words(nfc(signer))]
        if all(word in names for word in whole) and any(name.startswith(begun) for name in names):
            yield SuggestionDocument(kind="signer", text=signer, query=f'signer:"{signer}"')
