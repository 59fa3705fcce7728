"""Case files of a list whose term a person made shorter: until when it ran, who, when and why."""

import datetime as dt
from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.accounts.acts import display_names
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.domain.retention.retention import RetentionChange

_AT_ONCE = 500  # case files asked for in one statement
_BY_PEOPLE = ("group", "described", "added", "event")  # causes; not what a decision said


def shortened_terms(
    session: Session, items: Iterable[DispositionItem], lang: str = "vi"
) -> dict[UUID, str]:
    """A sentence for each item whose case file had a longer term once, without its full stop.

    Of several changes the one that ended the longest term is told. A fixed number of statements
    for each 500 items.
    """
    by_case_file = {
        disposition_item.case_file_id: disposition_item
        for disposition_item in items
        if disposition_item.ends_on
    }
    longest: dict[UUID, RetentionChange] = {}
    for change in _changes(session, list(by_case_file)):
        item, known = by_case_file[change.case_file_id], longest.get(change.case_file_id)
        runs_to = _end(change)
        if runs_to > (item.ends_on or dt.date.max) and (known is None or runs_to > _end(known)):
            longest[change.case_file_id] = change
    names = (
        display_names(session, (retention_change.by for retention_change in longest.values()))
        if longest
        else {}
    )
    return {
        by_case_file[of].id: _words(retention_change, names, lang)
        for of, retention_change in longest.items()
    }


def _changes(session: Session, case_files: list[UUID]) -> Iterator[RetentionChange]:
    for at in range(0, len(case_files), _AT_ONCE):
        query = select(RetentionChange).where(
            RetentionChange.case_file_id.in_(case_files[at : at + _AT_ONCE]),
            RetentionChange.cause.in_(_BY_PEOPLE),
        )
        yield from session.scalars(query.order_by(RetentionChange.at, RetentionChange.id))


def _end(change: RetentionChange) -> dt.date:
    """When the term ended before the change: of a permanent one never, of none it was not told."""
    if change.before["permanent"]:
        return dt.date.max
    ends_on = change.before["ends_on"]
    return dt.date.fromisoformat(ends_on) if ends_on else dt.date.min


def _words(change: RetentionChange, names: dict[str, str], lang: str) -> str:
    kind = "permanent" if change.before["permanent"] else "until"
    reason = change.after["rule"].get("reason")
    return messages.text(
        f"labels.term-shortened.{kind}",
        lang,
        until=f"{_end(change):%d/%m/%Y}",
        on=f"{clock.local(change.at):%d/%m/%Y}",
        by=names.get(change.by, change.by),
        reason=(reason or messages.label("retention-cause", change.cause, lang)).rstrip("."),
    )
