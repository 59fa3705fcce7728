"""Codes of case files as people type or paste them, also with a reason beside each."""

import re

from sqlalchemy.orm import Session

from archive_service.domain.transfer.transfer import Transfer, TransferItemState
from archive_service.errors import InputError
from archive_service.text import telling
from retention.transfer.items import items_of

# A code has no blank; what parts it from the reason: a tab of a spreadsheet, ``:``, ``;`` or ``=``.
_LINE = re.compile(r"\s*(?P<code>[^\s:;=]+)\s*[\t:;= ]\s*(?P<reason>\S.*)")


class TransferLineError(InputError):
    """A line that names no case file with its reason."""


def codes_in(text: str) -> list[str]:
    """Each code once, in the order given; lines, commas and semicolons part them."""
    return list(dict.fromkeys(re.split(r"[\s,;]+", text.strip()))) if text.strip() else []


def declined_in(text: str) -> dict[str, str]:
    """Code → reason, of one case file a line, as copied from two columns of a table.

    Raises:
        TransferLineError: of the first line without a reason.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise TransferLineError(line=number, text=line.strip()[:100])
        found[parts["code"]] = telling(parts["reason"])
    return found


def kept_in(text: str) -> dict[str, str]:
    """Code → what the other archive calls it, or "": one case file a line."""
    found: dict[str, str] = {}
    for line in filter(None, (typed.strip() for typed in text.splitlines())):
        parts = _LINE.fullmatch(line)
        found[parts["code"] if parts else line] = telling(parts["reason"]) if parts else ""
    return found


def answer_given(session: Session, row: Transfer) -> dict[str, str]:
    """The last answer as its form has it: who answers once more changes it, and forgets nothing."""
    declined = items_of(session, row.id, TransferItemState.DECLINED)
    return {
        "answer_declined": "\n".join(
            f"{transfer_item.code}: {transfer_item.reason}" for transfer_item in declined
        ),
        "answer_words": row.answer_reason,
    }
