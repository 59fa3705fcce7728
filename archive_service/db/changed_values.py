"""Events by what they changed: a field, what it was, what it became; on either database."""

from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.audit_event import AuditEvent

_MODES = "access-mode"  # kind of the events whose one value needs no name: chế độ sử dụng


def changed(
    session: Session, *, field: str = "", was: str = "", becomes: str = ""
) -> ColumnElement[bool]:
    """Whether an event tells of such a change; what is empty is not asked.

    Events tell of changes in three ways: ``changes``, a list of ``{field, was, becomes}``; ``was``
    and ``becomes`` beside each other; ``before`` and ``after`` by field, where ``field`` is asked.
    """
    wanted = {"field": field, "was": was, "becomes": becomes}
    asked = {name: value for name, value in wanted.items() if value}
    ways = [_listed(session, asked), _beside(asked)]
    if field:
        ways.append(_before_and_after(field, was, becomes))
    return or_(*ways)


def _listed(session: Session, asked: dict[str, str]) -> ColumnElement[bool]:
    changes = AuditEvent.data["changes"]
    values: list[ColumnElement[Any]]  # Any: text where it is a value, else null
    if session.get_bind().dialect.name == "postgresql":
        is_list = func.json_typeof(changes) == "array"
        items = func.json_array_elements(
            case((is_list, changes), else_=func.json_build_array())
        ).table_valued("value", name="item")
        values = [func.json_extract_path_text(items.c.value, name) for name in asked]
    else:
        items = func.json_each(AuditEvent.data, "$.changes").table_valued("value", "type")
        is_object = items.c.type == "object"
        paths = [func.json_extract(items.c.value, f"$.{name}") for name in asked]
        values = [case((is_object, cast(path, String)), else_=literal("")) for path in paths]
    met = (value == text for value, text in zip(values, asked.values(), strict=True))
    return exists(select(literal(1)).select_from(items).where(*met))


def _beside(asked: dict[str, str]) -> ColumnElement[bool]:
    of_modes = AuditEvent.tag.startswith(f"{_MODES}:")
    values = ((name, text) for name, text in asked.items() if name != "field")
    met = [AuditEvent.data[name].as_string() == text for name, text in values]
    if (field := asked.get("field")) is not None:
        named = AuditEvent.data["field"].as_string() == field
        met.append(or_(named, of_modes) if field == "mode" else named)
    return and_(*met)


def _before_and_after(field: str, was: str, becomes: str) -> ColumnElement[bool]:
    before = cast(AuditEvent.data["before", field].as_string(), String)
    after = cast(AuditEvent.data["after", field].as_string(), String)
    is_shown = [side == text for side, text in ((before, was), (after, becomes)) if text]
    return and_(*is_shown) if is_shown else or_(before.is_not(None), after.is_not(None))
