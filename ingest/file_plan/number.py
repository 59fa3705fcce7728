"""Numbers of entries: continuous over the plan or within each major heading, from 01 on."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, Numbering
from archive_service.domain.agencies.record_code import MalformedRecordCodeError, parse_notation
from archive_service.errors import ConflictError, InputError


class FilePlanSymbolMissingError(InputError):
    """Numbers that begin anew below each heading need a symbol of each, or they would be equal."""


class FilePlanSymbolSharedError(ConflictError):
    """Two major headings bear one symbol while numbers begin anew below each."""


def new_notations(plan: FilePlan, numbering: Numbering) -> dict[UUID, str]:
    """Each entry's notation as it would be; nothing is changed.

    The symbol is that of the major heading; where it has none, of the first entry below it.
    Source: NĐ 30/2020/NĐ-CP, Phụ lục V mục I.2.

    Raises:
        FilePlanSymbolMissingError, FilePlanSymbolSharedError: two entries would be equal.
    """
    found: dict[UUID, str] = {}
    number, used = 0, set[str]()
    anew = numbering is Numbering.HEADING
    for symbol, entries in _blocks(plan):
        if anew:
            number = 0
            if symbol in used:
                raise _cannot_tell(symbol)
        used.add(symbol)
        for entry in entries:
            number += 1
            own = symbol if anew else symbol or _symbol_of(entry)
            found[entry.id] = f"{number:02}.{own}" if own else f"{number:02}"
    return found


def _cannot_tell(symbol: str) -> InputError | ConflictError:
    if symbol:
        return FilePlanSymbolSharedError(symbol=symbol)
    return FilePlanSymbolMissingError()


def _blocks(plan: FilePlan) -> Iterator[tuple[str, list[FilePlanEntry]]]:
    """Symbol and all entries of each major heading, the minor ones below it included."""
    block: list[FilePlanEntry] = []
    symbol = ""
    for heading, entries in plan.in_order():
        if heading is not None and heading.level == 1:
            if block:
                yield symbol or _first_symbol(block), block
            block, symbol = [], heading.symbol
        block = [*block, *entries]
    if block:
        yield symbol or _first_symbol(block), block


def _first_symbol(entries: Sequence[FilePlanEntry]) -> str:
    return _symbol_of(entries[0]) if entries else ""


def _symbol_of(entry: FilePlanEntry) -> str:
    try:
        return parse_notation(entry.notation)[1] or ""
    except MalformedRecordCodeError:
        return ""
