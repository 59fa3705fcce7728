"""Answers that wait for nobody: what is refused by rule, and until when the first word is due."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.domain.finding import FindingRow
from archive_service.domain.submission import Submission, SubmissionState
from ingest.checks.rules import Rule, rules
from ingest.office_hours import office_hours

_RULES = "answers"
SAME_DAY = "same-working-day"


def first_answer_by(received_at: dt.datetime, *, home: Path | None = None) -> dt.datetime:
    """The end of the working day that the receipt counts for (NĐ 30/2020 Điều 21 khoản 2)."""
    return office_hours(home).end_of_day(received_at)


def refusing_codes(channel: str) -> dict[str, str]:
    """Codes of findings that refuse what came by ``channel``, each with its citation."""
    return {
        key: rule.citation
        for key, rule in rules(_RULES).items()
        if rule.on and channel in _channels(rule)
    }


def automatic_channels() -> list[str]:
    """Ways in for which a rule may refuse."""
    found = {one for rule in rules(_RULES).values() if rule.on for one in _channels(rule)}
    return sorted(found)


def _channels(rule: Rule) -> list[str]:
    told = rule.row.get("channels", ())
    return [str(one) for one in told] if isinstance(told, list | tuple) else []


def refusable(session: Session, *, only: UUID | None = None, limit: int = 100) -> list[UUID]:
    """Checked submissions with a finding by which a rule refuses them."""
    codes = {code for channel in automatic_channels() for code in refusing_codes(channel)}
    query = (
        select(Submission.id, Submission.channel, FindingRow.code)
        .join(FindingRow, FindingRow.submission_id == Submission.id)
        .where(
            Submission.state == SubmissionState.CHECKED,
            Submission.channel.in_(automatic_channels()),
            FindingRow.code.in_(codes),
        )
        .limit(limit)
    )
    if only is not None:
        query = query.where(Submission.id == only)
    found = session.execute(query)
    return list(dict.fromkeys(row.id for row in found if row.code in refusing_codes(row.channel)))


def reason_of(findings: Sequence[FindingRow], channel: str, *, lang: str = "vi") -> str:
    """What, where, and what to do, of each finding that refuses; with the rule it rests on."""
    refusing = refusing_codes(channel)
    lines = []
    for number, row in enumerate((one for one in findings if one.code in refusing), start=1):
        said = messages.finding(row.code, lang, row.facts | {"place": row.place})
        place = f" ({row.place})" if row.place else ""
        cited = messages.text("answers.by", lang, citation=refusing[row.code])
        own = f"answers.remedies.{row.code}"  # those of the finding may speak to the archivist
        remedy = messages.text(own, lang) if messages.has(own, lang) else said.remedy
        lines.append(f"{number}. {said.message}{place} {remedy} {cited}")
    return "\n".join(lines)
