"""One order for many case files: what it would write in each, field by field.

An order names the case file or its documents, a field, and an act: set a value, add or remove a
part of a list, replace words.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archive_service import law
from archive_service.catalogue.describing.fields import (
    CASE_FILE,
    editable,
    kind_of,
    subjects,
    values_of,
)
from archive_service.catalogue.fonds.placing import PLACES, SERIES
from archive_service.catalogue.holdings.term_fields import KIND_OF_FIELD
from archive_service.catalogue.many.documents import DescriptionOrder
from archive_service.catalogue.vocabularies.lists import folded, parts_of
from archive_service.domain.agencies.own_field import OwnField, OwnSubject
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.errors import InputError
from archive_service.law import FieldRule
from archive_service.text import nfc

DOCUMENTS = "documents"
SCOPES = (CASE_FILE, DOCUMENTS)
SET, ADD, REMOVE, REPLACE = "set", "add", "remove", "replace"
ACTS = (SET, ADD, REMOVE, REPLACE)
MOST_ORDERS = 40
_LONGEST = 2000
_DOCUMENT_KINDS = ("document", "picture", "media")
_WHOLE = frozenset({"ruleCode"})  # a code of no list, which is set and not pieced together
_EACH_ITS_OWN = frozenset({"title", "subject", "imageTitle", "movieTitle", "codeNumber"})
_LINES = 500  # from so many letters on a field is a text, and more of it goes on a new line


class OrderInvalidError(InputError):
    """An order that cannot be carried out: no such field, no value, or an act that does not fit."""

    code = "description-order"


def orders_of(
    given: Iterable[Mapping[str, Any]], own: Iterable[OwnField] = ()
) -> list[DescriptionOrder]:
    """The orders, each one that can be carried out; ``OrderInvalidError`` names the first else."""
    fields = {scope: offered(scope, own) for scope in SCOPES}
    orders = []
    for number, change in enumerate(given, start=1):
        facts = {name: nfc(str(change.get(name, ""))).strip() for name in ("scope", "field", "act")}
        texts = {name: nfc(str(change.get(name, "")))[: _LONGEST + 1] for name in ("value", "find")}
        if facts["act"] != REPLACE:
            texts["value"] = texts["value"].strip()
        order = DescriptionOrder(**facts, **texts)
        if not _fits(order, fields):
            raise OrderInvalidError(number=number, field=order.field, act=order.act)
        orders.append(order)
    if not orders or len(orders) > MOST_ORDERS:
        raise OrderInvalidError(number=len(orders), field="", act="")
    return orders


def offered(scope: str, own: Iterable[OwnField] = ()) -> dict[str, FieldRule]:
    """Fields that are described in bulk, by name; ``series`` and ``fonds`` come beside them."""
    kinds = (CASE_FILE,) if scope == CASE_FILE else _DOCUMENT_KINDS
    rules = {rule.name: rule for kind in kinds for rule in editable(kind)}
    return rules | {own_field.key: own_field.rule() for own_field in own_of(scope, own)}


def acts_of(rule: FieldRule) -> tuple[str, ...]:
    """What can be done with a field."""
    if rule.name in _EACH_ITS_OWN:
        return (REPLACE,)
    if rule.code_list is not None:
        return (SET, ADD, REMOVE) if rule.many else (SET,)
    if rule.name in _WHOLE or rule.type in ("Number", "Date", "DateTime", "Boolean"):
        return (SET,)
    return ACTS


def own_of(scope: str, own: Iterable[OwnField]) -> list[OwnField]:
    """Fields of the agency's own that are described in this scope."""
    subject = OwnSubject.CASE_FILE if scope == CASE_FILE else OwnSubject.DOCUMENT
    return [
        own_field
        for own_field in own
        if own_field.subject is subject and own_field.retired_on is None
    ]


def edits_of(
    row: CaseFile, orders: Sequence[DescriptionOrder], own: Sequence[OwnField] = ()
) -> dict[int, dict[str, str]]:
    """What the orders would write, by ordinal and field; as given, judged by nobody yet.

    Documents that stand in it no more are left as they are.
    """
    edits: dict[int, dict[str, str]] = {}
    for ordinal, subject in subjects(row):
        if isinstance(subject, Document) and not subject.stands:
            continue
        scope = CASE_FILE if ordinal == 0 else DOCUMENTS
        rules = {rule.name: rule for rule in editable(kind_of(subject))}
        rules |= {own_field.key: own_field.rule() for own_field in own_of(scope, own)}
        values = values_of(subject)
        written: dict[str, str] = {}
        for order in orders:
            if order.scope == scope and order.field in rules:
                was = written.get(order.field, values.get(order.field, ""))
                written[order.field] = _ordered(order, rules[order.field], was)
        changed = {name: text for name, text in written.items() if text != values.get(name, "")}
        if changed:
            edits[ordinal] = changed
    return edits


def placed_by(orders: Iterable[DescriptionOrder]) -> dict[str, str]:
    """Codes of the fonds and series that the orders put the case files into; "" is none."""
    return {order.field: order.value for order in orders if order.field in PLACES}


def _fits(order: DescriptionOrder, fields: Mapping[str, Mapping[str, FieldRule]]) -> bool:
    if order.scope not in SCOPES or order.act not in ACTS:
        return False
    if len(order.value) > _LONGEST or len(order.find) > _LONGEST:
        return False
    if order.field in PLACES:
        named = bool(order.value) or order.field == SERIES
        return order.scope == CASE_FILE and order.act == SET and named
    rule = fields[order.scope].get(order.field)
    if rule is None or order.act not in acts_of(rule):
        return False
    if order.act == REPLACE:
        return bool(order.find)
    return bool(order.value) or order.act == SET


def _ordered(order: DescriptionOrder, rule: FieldRule, was: str) -> str:
    match order.act:
        case "set":
            return order.value
        case "replace":
            return " ".join(was.replace(order.find, order.value).split()) if was else was
    if rule.code_list is not None:
        return _codes(order, rule, was)
    if order.field not in KIND_OF_FIELD and (rule.length or 0) >= _LINES:
        return _lines(order, was)
    return _parts(order, was)


def _codes(order: DescriptionOrder, rule: FieldRule, was: str) -> str:
    known = law.code_list(str(rule.code_list))
    try:
        given = known.parse_many(order.value)
    except law.UnknownCodeError:
        given = [order.value]  # the checks tell that it is none
    held = [part for part in was.split(";") if part]
    if order.act == ADD:
        return ";".join(dict.fromkeys([*held, *given]))
    return ";".join(entry for entry in held if entry not in given)


def _parts(order: DescriptionOrder, was: str) -> str:
    """A list of names, such as keywords: each once, however it is written."""
    kind = KIND_OF_FIELD.get(order.field)

    def split(text: str) -> list[str]:
        if kind is not None:
            return parts_of(kind, text)
        return [words for part in text.split(";") if (words := " ".join(part.split()))]

    held, given = split(was), split(order.value)
    if order.act == ADD:
        known = {folded(entry) for entry in held}
        more = [entry for entry in given if folded(entry) not in known]
        return "; ".join([*held, *more]) if more else was
    gone = {folded(entry) for entry in given}
    left = [entry for entry in held if folded(entry) not in gone]
    return "; ".join(left) if len(left) < len(held) else was


def _lines(order: DescriptionOrder, was: str) -> str:
    lines = was.splitlines()
    if order.act == ADD:
        return was if order.value in lines else "\n".join([*lines, order.value])
    return "\n".join(line for line in lines if line.strip() != order.value)
