"""What may be meant while it is typed: codes, titles and signers, within rights."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel

from archive_service import access
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.text import nfc
from search.acts import visibility
from search.meant.repairs import BY_KEYS, Candidate, candidates
from search.port import Begun, SearchIndex, Visibility
from search.query import Term, plain
from search.words import Word, words

_MOST_TYPED = 100  # characters
_MOST_WORDS = 8
_SHORTEST = 2  # letters that say something
_LOOKED_AT = 40
_SHOWN, _SIGNERS = 8, 2
_MOST_TRIED = 6  # other ways to write what was typed, the likeliest


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

    Where there are none, those for what may have been meant by one slip, or by keys of Telex or
    VNI. Nothing is suggested for less than two letters, and nothing that a search would not show.

    Raises:
        ActNotAllowedError: the role does not search.
    """
    access.require(actor, "search")
    given = words(nfc(plain(text[:_MOST_TYPED])))[:_MOST_WORDS]
    typed: Sequence[str] = [word.folded for word in given]
    if sum(map(len, typed)) < _SHORTEST:
        return SuggestionsDocument(suggestions=[])
    index, visible = services.index, visibility(services, actor, titles=True)
    found = index.begun(typed, visible, limit=_LOOKED_AT)
    if not found:
        for typed in _meant(index, given, visible)[:_MOST_TRIED]:
            if found := index.begun(typed, visible, limit=_LOOKED_AT):
                break
    signers = list(_signers(found, typed))[:_SIGNERS]
    named = [suggestion for suggestion in map(_named, found) if suggestion.query not in {"", text}]
    first = named[: _SHOWN - len(signers)]
    return SuggestionsDocument(suggestions=[*first, *signers])


def _meant(index: SearchIndex, given: Sequence[Word], visible: Visibility) -> list[tuple[str, ...]]:
    """The words with one of them otherwise, all as keys, or two as one; the likeliest first.

    A word that is known is changed only where all are.
    """
    typed = tuple(word.folded for word in given)
    wrong = {*typed} - index.known(typed, visible)
    ways = [
        candidates(Term((word.exact,), (word.folded,))) if word.folded in (wrong or typed) else []
        for word in given
    ]
    keys = [next((_run(way) for way in some if way.cost == BY_KEYS), ()) for some in ways]
    made = {tuple(word for at, key in enumerate(keys) for word in key or typed[at : at + 1]): -1}
    for at, some in enumerate(ways):
        for way in some:
            made.setdefault((*typed[:at], *_run(way), *typed[at + 1 :]), way.cost)
    for at in range(len(typed) - 1):
        made.setdefault((*typed[:at], f"{typed[at]}{typed[at + 1]}", *typed[at + 2 :]), 1)
    made.pop(typed, None)
    known = index.known({word for way in made for word in way}, visible)
    likely = {
        way: cost
        for way, cost in made.items()
        if known.issuperset({*way} - {*typed}) and not (wrong and wrong.issubset(way))
    }
    standing = index.known({" ".join(way) for way in likely}, visible)
    return sorted(likely, key=lambda way: (" ".join(way) not in standing, likely[way]))


def _run(way: Candidate) -> tuple[str, ...]:
    return tuple(term.folded[0] for term in way.terms)


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
    for signer in dict.fromkeys(suggestion.signer for suggestion in found if suggestion.signer):
        names = [word.folded for word in words(nfc(signer))]
        if all(word in names for word in whole) and any(name.startswith(begun) for name in names):
            yield SuggestionDocument(kind="signer", text=signer, query=f'signer:"{signer}"')
