"""How an entry lies in Elasticsearch: mapping, document, and the words as both sides know them."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import fields
from typing import Any
from uuid import UUID

from search.port import MAX_DEPTH, MAX_LIMIT, Entry, document_key
from search.relevance import OFTEN_TIMES
from search.whole import Columns, Whole
from search.words import folding_told, order_key
from search.written.signs import signs_told

Json = dict[str, Any]

# The server's tokenizer keeps such a word in one piece, as we do; any other goes in as its digest.
_ONE_PIECE = re.compile(r"[0-9a-z\u00df-\u024f\u1e00-\u1eff]{1,200}")

IN_HAND = "in-hand"  # the one document that is no entry: see elasticsearch_turns.py

_EXACT = {"type": "text", "analyzer": "words", "norms": False}
_OFTEN = {"type": "text", "analyzer": "words", "norms": False, "index_options": "docs"}
_KEYWORD = {"type": "keyword"}
_KEPT = {"type": "keyword", "index": False, "doc_values": False}
_PROPERTIES: Json = {
    "case_file_id": _KEYWORD,
    "code": _KEYWORD,
    "text": _KEPT,  # for snippets; found by the words of the next two
    "exact": _EXACT,
    "folded": _EXACT,
    "often": _OFTEN,
    "signs": _OFTEN,  # days and numbers in words, by their names
    "data": _EXACT,  # of a whole: its own data, and those of its case file
    "around": _EXACT,
    "title": _EXACT,
    "of_case_file": {"type": "boolean"},  # and of no document
    "whole": {"type": "boolean"},  # all of a document, not an entry
    "size": {"type": "integer"},  # words
    "agency_id": _KEYWORD,
    "year": {"type": "integer"},
    "mode": _KEYWORD,
    "document_id": _KEYWORD,
    "document_title": _KEPT,
    "title_key": _KEYWORD,
    "page": {"type": "integer", "index": False, "doc_values": False},
    "fonds": _KEYWORD,
    "series": _KEYWORD,
    "type": _KEYWORD,
    "issuer": _KEYWORD,
    "signer": _KEYWORD,
    "term": _KEYWORD,
    "format": _KEYWORD,
    "language": _KEYWORD,
    "date": _KEYWORD,
    "last_day": _KEYWORD,  # a year alone counts as its whole year
    "source": _KEYWORD,
    "reduced": {"type": "boolean"},
    "part": _KEPT,
    "document_key": _KEYWORD,
    "at": _KEYWORD,  # one order among hits of one rank
    "generation": _KEYWORD,
    "turn": {"type": "long"},
    "hidden": _KEPT,
    "coming": _KEPT,
    "turns": {"type": "long", "index": False, "doc_values": False},
}
_ENTRY = tuple(field.name for field in fields(Entry))


def settings(shards: int) -> Json:
    """Of a new index. It is refreshed by whoever has written, never by the clock."""
    return {
        "number_of_shards": shards,
        "auto_expand_replicas": "0-1",
        "refresh_interval": "-1",
        "max_result_window": MAX_DEPTH + MAX_LIMIT + 1,
        "analysis": {"analyzer": {"words": {"type": "custom", "tokenizer": "standard"}}},
    }


# Each segment is written anew for one deleted entry, where it would be for a tenth of them.
REWRITTEN: Json = {"index.merge.policy.expunge_deletes_allowed": 0}


def mappings(identity: str) -> Json:
    """Every field is named; a document with another one is refused."""
    return {
        "dynamic": "strict",
        "_meta": {"identity": identity, "form": FORM},
        "_source": {"excludes": ["exact", "folded", "often", "signs", "data", "around", "title"]},
        "properties": _PROPERTIES,
    }


def lacks_a_field(made: Json) -> bool:
    """Whether an index with these mappings cannot be asked for all that is asked today."""
    return not _PROPERTIES.keys() <= made.get("properties", {}).keys()


def document(
    entry: Entry, columns: Columns, *, generation: str, turn: int, number: int, whole: bool = False
) -> Json:
    """The entry as the server gets it; ``number`` counts within the case file."""
    entry_fields = {name: _plain(getattr(entry, name)) for name in _ENTRY}
    date = entry.date or None
    return entry_fields | {
        "exact": _again(columns.exact),
        "folded": _again(columns.folded),
        "often": _again(columns.often),
        "signs": columns.signs,
        "size": columns.size,
        "title_key": order_key(entry.document_title),
        "date": date,
        "last_day": date and date + "9999-12-31"[len(date) :],
        "document_key": document_key(entry.case_file_id, entry.document_id),
        "at": f"{entry.case_file_id}/{number:08}",
        "of_case_file": entry.document_id is None,
        "whole": whole,
        "generation": generation,
        "turn": turn,
    }


def whole_document(whole: Whole, *, generation: str, turn: int, number: int) -> Json:
    """A document as one thing."""
    plain = document(
        whole.entry, whole.columns, generation=generation, turn=turn, number=number, whole=True
    )
    kept = {"data": whole.data, "around": whole.around, "title": whole.title}
    return plain | {name: _again(text) for name, text in kept.items()}


def entry_of(source: Json) -> Entry:
    """The entry that was put in as this."""
    kept = {name: source[name] for name in _ENTRY}
    ids = {name: UUID(kept[name]) for name in ("case_file_id", "agency_id")}
    document_id = UUID(kept["document_id"]) if kept["document_id"] else None
    return Entry(**(kept | ids | {"document_id": document_id}))


def _again(text: str) -> str:
    return joined(text.split(" ")) if text else ""


def joined(parts: Iterable[str]) -> str:
    """Words for the server's tokenizer, which parts them again at the spaces and nowhere else."""
    return " ".join(word if _ONE_PIECE.fullmatch(word) else _digest(word) for word in parts)


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value


def _form() -> str:
    """Another one where mapping, folding or Unicode version changed: the index begins anew."""
    kept = [_PROPERTIES, _ONE_PIECE.pattern, folding_told(), OFTEN_TIMES, signs_told()]
    text = json.dumps(kept, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


FORM = _form()
