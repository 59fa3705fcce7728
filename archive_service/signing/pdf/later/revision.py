"""A revision of a PDF read by qpdf: what its objects hold, and which of them a page draws on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

Number = tuple[int, int]  # object and generation

_REFERENCE = re.compile(rb"(?<![\w.])(\d{1,10}) (\d{1,5}) R\b")
_PAGE = re.compile(rb"/Type /(?:Pages?|Catalog)\b")
_OF_THE_FILE = re.compile(rb"/Type /(?:XRef|ObjStm)\b")


@dataclass(slots=True)
class Objects:
    """Digest of each object that has a number, and the numbers that it names."""

    digests: dict[Number, bytes] = field(default_factory=dict)
    named: dict[Number, tuple[Number, ...]] = field(default_factory=dict)
    ends: set[Number] = field(default_factory=set)  # pages and above: no page draws on those

    def reached(self, starts: Iterable[Number]) -> set[Number]:
        """Everything that these draw on, themselves included."""
        found: set[Number] = set()
        waiting = list(starts)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                below = self.named.get(number, ())
                waiting.extend(revision for revision in below if revision not in self.ends)
        return found


def read_objects(pdf: Any) -> Objects:
    """Look at every object once; streams by the bytes that are stored."""
    import pikepdf

    found = Objects()
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Object):
            continue
        is_stream = isinstance(item, pikepdf.Stream)
        try:
            held = bytes((item.stream_dict if is_stream else item).unparse(resolved=True))
        except (pikepdf.PdfError, RuntimeError):
            held = b"unreadable"
        if _OF_THE_FILE.search(held):
            continue
        digest = sha256(held)
        if is_stream:
            digest.update(_stored(item))
        number = item.objgen
        found.digests[number] = digest.digest()
        found.named[number] = tuple(
            (int(one), int(generation)) for one, generation in _REFERENCE.findall(held)
        )
        if not is_stream and _PAGE.search(held):
            found.ends.add(number)
    _read_bare(pdf, found)
    return found


def _read_bare(pdf: Any, found: Objects) -> None:
    """Numbers and names that are objects of their own: ``objects`` gives them without a number."""
    named = {number for below in found.named.values() for number in below}
    for number in named - found.digests.keys():
        try:
            value = pdf.get_object(number)
        except ValueError:  # a reference that leads nowhere
            continue
        if value is not None:
            found.digests[number] = sha256(repr(value).encode()).digest()


def changed_numbers(old: Objects, new: Objects) -> set[Number]:
    """Objects that differ, were added, or are gone."""
    both = old.digests.keys() | new.digests.keys()
    return {number for number in both if old.digests.get(number) != new.digests.get(number)}


def held_by(item: Any) -> Any:
    """A value with all that hangs on it, so that two revisions can be compared; not above a page.

    Streams are taken by their stored bytes, numbers as they count.

    Raises:
        ValueError: more hangs on it than is looked at.
    """
    return _Holding().of(item)


class _Holding:
    """One value while it is unfolded; what leads back to itself is told as a loop."""

    def __init__(self) -> None:
        self._left = _MOST_PARTS
        self._within: list[Number] = []

    def of(self, item: Any) -> Any:
        import pikepdf

        self._left -= 1
        if self._left < 0:
            raise ValueError("too much hangs on one object")
        if not isinstance(item, (pikepdf.Dictionary, pikepdf.Array, pikepdf.Stream)):
            is_number = isinstance(item, (int, float, Decimal)) and not isinstance(item, bool)
            return f"{float(item):.6g}" if is_number else str(item)
        if item.is_indirect:
            if item.objgen in self._within:
                return "loop"
            if self._within and _is_above(item):
                return ("page", item.objgen)
        self._within.append(item.objgen if item.is_indirect else (0, 0))
        try:
            return self._parts(item)
        finally:
            self._within.pop()

    def _parts(self, thing: Any) -> Any:
        import pikepdf

        if isinstance(thing, pikepdf.Stream):
            return ("stream", self._parts(thing.stream_dict), sha256(_stored(thing)).hexdigest())
        if isinstance(thing, pikepdf.Array):
            return [self.of(item) for item in thing]
        held = sorted(thing.items())
        return {key: self.of(value) for key, value in held if key not in _UPWARDS}


_MOST_PARTS = 200_000
_UPWARDS = ("/Parent", "/P", "/StructParent", "/Length")


def _is_above(item: Any) -> bool:
    import pikepdf

    kinds = ("/Page", "/Pages", "/Catalog")
    return isinstance(item, pikepdf.Dictionary) and item.get("/Type") in kinds


def _stored(stream: Any) -> bytes:
    import pikepdf

    try:
        return bytes(stream.read_raw_bytes())
    except (pikepdf.PdfError, RuntimeError):
        return b"unreadable"
