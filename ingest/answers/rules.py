"""Answers that wait for nobody: what is refused by rule, and until when the first word is due."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import Submission
from archive_service.office_hours import office_hours
from ingest.checks.rules import Rule, rules
from ingest.transitions import TRANSITIONS

_RULES = "answers"
_SAME_DAY = "same-working-day"


def first_answer_by(received_at: dt.datetime, *, home: Path | None = None) -> dt.datetime:
    """The end of the working day that the receipt counts for (NĐ 30/2020 Điều 21 khoản 2)."""
    return office_hours(home).end_of_day(received_at)


def is_same_day_asked(home: Path | None) -> bool:
    """Whether an answer that is later than that is an alarm."""
    return rules(_RULES, home=home)[_SAME_DAY].on


def refusing_codes(channel: str, *, home: Path | None = None) -> dict[str, str]:
    """Codes of findings that refuse what came by ``channel``, each with its citation.

    Rules below ``home`` switch those of the product, and say of which channels.
    """
    return _refusing(home).get(channel, {})


def all_refusing_codes(*, home: Path | None = None) -> set[str]:
    """Codes of findings that refuse what came by some channel."""
    return {code for of_channel in _refusing(home).values() for code in of_channel}


def _refusing(home: Path | None) -> dict[str, dict[str, str]]:
    """By channel, the codes that refuse what came by it, each with its citation."""
    found: dict[str, dict[str, str]] = {}
    for key, rule in rules(_RULES, home=home).items():
        for channel in _channels(rule) if rule.on else ():
            found.setdefault(channel, {})[key] = rule.citation
    return found


def _channels(rule: Rule) -> list[str]:
    channels = rule.row.get("channels", ())
    return [str(channel) for channel in channels] if isinstance(channels, list | tuple) else []


def refusable(
    session: Session, *, only: UUID | None = None, limit: int = 100, home: Path | None = None
) -> list[UUID]:
    """Checked submissions with a finding by which a rule refuses them."""
    refusing = _refusing(home)
    codes = all_refusing_codes(home=home)
    query = (
        select(Submission.id, Submission.channel, FindingRow.code)
        .join(FindingRow, FindingRow.submission_id == Submission.id)
        .where(
            Submission.state.in_(TRANSITIONS["refuse"].states),
            Submission.channel.in_(sorted(refusing)),
            FindingRow.code.in_(codes),
        )
        .limit(limit)
    )
    if only is not None:
        query = query.where(Submission.id == only)
    found = session.execute(query)
    return list(dict.fromkeys(row.id for row in found if row.code in refusing[row.channel]))


def reason_of(
    findings: Sequence[FindingRow], channel: str, *, home: Path | None = None, lang: str = "vi"
) -> str:
    """What, where, and what to do, of each finding that refuses; with the rule it rests on."""
    refusing = refusing_codes(channel, home=home)
    lines = []
    for number, row in enumerate(
        (finding for finding in findings if finding.code in refusing), start=1
    ):
        message = messages.finding(row.code, lang, row.facts | {"place": row.place}, web=True)
        place = f" ({row.place})" if row.place else ""
        cited = messages.text("answers.by", lang, citation=refusing[row.code])
        own = f"answers.remedies.{row.code}"  # those of the finding may speak to the archivist
        remedy = messages.text(own, lang) if messages.has(own, lang) else message.remedy
        lines.append(f"{number}. {message.message}{place} {remedy} {cited}")
    return "\n".join(lines)
