"""Many are accepted in spite of their warnings, with one reason; never with an error."""

import html
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from ingest.submissions.desk import acts as desk_acts
from tests.integration.ingest.submissions.desk.claimed import (
    BAD,
    GOOD,
    OTHER,
    hand_in,
    home,
    second,
    state,
)
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import session_token

__all__ = ["home", "second"]
REASON = "Đã đối chiếu với bản giấy."


def warned(services: Services, submission_id: UUID, severity: Severity = Severity.WARNING) -> None:
    """One more finding at a submission, beside what its checks told."""
    with services.writing() as session:
        session.add(
            FindingRow(
                submission_id=submission_id,
                ordinal=90,
                check="dates",
                code="date-partial",
                severity=severity,
                place="Hồ sơ, dòng 2, startDate",
                facts={"date": "2025"},
            )
        )


def test_many_with_warnings_are_accepted_with_one_reason_and_those_with_an_error_are_not(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    good, other, bad = (hand_in(services, tmp_path / one, one) for one in (GOOD, OTHER, BAD))
    for identifier in (good, other):
        warned(services, identifier)
    warned(services, bad, Severity.ERROR)
    lan = browser_of(app, services, "lan")
    token = session_token(lan)
    form = {"id": [str(identifier) for identifier in (good, other, bad)], "csrf_token": token}
    told = html.unescape(lan.post("/desk/warned", data=form).text)
    found = desk_acts.warned_of(services, [good, other, bad], actor=person(services, "lan"))
    assert {one.id for one in found} == {good, other}
    assert ", ".join(sorted((GOOD, OTHER))) in told
    seen = [f"{one.id}:{one.seen}" for one in found] + [f"{bad}:x"]
    blank = {"seen": seen, "reason": " ", "csrf_token": token}
    asked = lan.post("/desk/accept-warned", data=blank, follow_redirects=True).text
    assert "hãy ghi lý do" in asked
    assert state(services, good) == "checked"
    form = {"seen": seen, "reason": REASON, "csrf_token": token}
    page = lan.post("/desk/accept-warned", data=form, follow_redirects=True).text
    # The second repeats a document of the first: that is told, and stops none of the others.
    assert "Đã tiếp nhận 1 hồ sơ. 2 hồ sơ chưa tiếp nhận." in page
    assert "có lỗi, hoặc cảnh báo đã khác lúc hiển thị" in page
    states = [state(services, identifier) for identifier in (good, other, bad)]
    assert states == ["accepted", "checked", "checked"]
    with services.read_only() as session:
        assert session.get_one(Submission, good).decision_reason == REASON


def test_a_warning_that_came_since_is_asked_about_again(services: Services, tmp_path: Path) -> None:
    good = hand_in(services, tmp_path / GOOD, GOOD)
    lan = person(services, "lan")
    warned(services, good)
    (shown,) = desk_acts.warned_of(services, [good], actor=lan)
    with services.writing() as session:
        session.scalars(
            select(FindingRow).where(FindingRow.submission_id == good, FindingRow.ordinal == 90)
        ).one().facts = {"date": "2026"}
    outcome = desk_acts.accept_warned(services, {good: shown.seen}, REASON, actor=lan)
    assert outcome.accepted == []
    assert [entry["error"] for entry in outcome.refused] == ["desk-warned-otherwise"]
    assert state(services, good) == "checked"
