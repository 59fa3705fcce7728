"""A digest of the entries of a case file: the same words give the same, in any order."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import groupby
from uuid import UUID

from search.port import Entry

_FIELDS = tuple(field.name for field in fields(Entry))
_ROOM = 2**256


def digest_of(entries: Iterable[Entry]) -> str:
    """Of the entries of one case file; one is held at a time."""
    return f"{sum(map(_number, entries)) % _ROOM:064x}"


def digests(entries: Iterable[Entry]) -> Iterator[tuple[UUID, str]]:
    """Each case file with its digest; entries of one case file follow each other."""
    for case_file_id, own in groupby(entries, key=lambda entry: entry.case_file_id):
        yield case_file_id, digest_of(own)


def _number(entry: Entry) -> int:
    values = [getattr(entry, name) for name in _FIELDS]
    text = json.dumps(values, default=str, ensure_ascii=False)
    return int(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), 16)
