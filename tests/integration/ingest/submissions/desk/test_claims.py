"""The desk in company: who has what open, what a resubmission changed, many accepted at once."""

import datetime as dt
import html
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, update

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import Submission, SubmissionFile
from archive_service.domain.people.account import Account
from archive_service.services import Services
from ingest.submissions import acts as submissions_acts
from ingest.submissions import queries
from ingest.submissions.desk import acts as desk_acts
from ingest.submissions.desk.claims import HELD_S, ClaimedError
from ingest.submissions.given import Return
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
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import do_all, form_token, session_token
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet

__all__ = ["home", "second"]  # fixtures


def test_who_opens_what_another_has_open_is_told(
    app: Flask, services: Services, second: str, tmp_path: Path
) -> None:
    submission = hand_in(services, tmp_path / "a", GOOD)
    lan, hoa = browser_of(app, services, "lan"), browser_of(app, services, second)
    assert "đang xem" not in post(lan, f"/desk/{submission}/claim").text
    assert "lan đang xem" in post(hoa, f"/desk/{submission}/claim").text
    assert "lan đang xem" in hoa.get(f"/desk/{submission}").text
    assert "đang xem" not in lan.get(f"/desk/{submission}").text


def test_what_another_has_open_is_decided_only_after_taking_it_over(
    app: Flask, services: Services, second: str, tmp_path: Path
) -> None:
    submission = hand_in(services, tmp_path / "a", GOOD)
    lan, hoa = browser_of(app, services, "lan"), browser_of(app, services, second)
    post(lan, f"/desk/{submission}/claim")
    desk_page = f"/desk/{submission}"
    for act in ("accept", "return"):
        refused = post(hoa, f"/submissions/{submission}/{act}", reason="Thiếu trang")
        assert (refused.status_code, refused.headers["Location"]) == (303, desk_page)
        assert state(services, submission) == "checked"
    assert "Chưa quyết định được. Hồ sơ này đang được lan xem" in hoa.get(desk_page).text
    post(hoa, f"{desk_page}/take-over")
    late = post(lan, f"/submissions/{submission}/accept")
    assert (late.headers["Location"], state(services, submission)) == (desk_page, "checked")
    accepted = post(hoa, f"/submissions/{submission}/accept", reason="Mã đã đối chiếu")
    assert accepted.status_code == 303
    assert state(services, submission) == "accepted"


def test_a_page_that_was_left_holds_nobody_up(
    services: Services, second: str, tmp_path: Path
) -> None:
    submission = hand_in(services, tmp_path / "a", GOOD)
    lan, hoa = person(services, "lan"), person(services, second)
    assert desk_acts.take(services, submission, actor=lan) is None
    with pytest.raises(ClaimedError):
        desk_acts.require_mine(services, submission, actor=hoa)
    with services.writing() as session:
        long_ago = clock.now() - dt.timedelta(seconds=HELD_S + 1)
        session.execute(update(Submission).values(claimed_at=long_ago))
    desk_acts.require_mine(services, submission, actor=hoa)
    assert desk_acts.take(services, submission, actor=hoa) is None
    desk_acts.let_go(services, submission, actor=lan, until=clock.now())  # not theirs any more
    assert desk_acts.take(services, submission, actor=lan) is not None


def test_a_page_that_closes_frees_what_it_claimed_and_no_page_opened_since(
    services: Services, second: str, tmp_path: Path
) -> None:
    submission = hand_in(services, tmp_path / "a", GOOD)
    lan, hoa = person(services, "lan"), person(services, second)
    before = clock.now()
    desk_acts.take(services, submission, actor=lan)
    desk_acts.let_go(services, submission, actor=lan, until=before)  # an older page of theirs
    assert desk_acts.take(services, submission, actor=hoa) is not None
    desk_acts.let_go(services, submission, actor=lan, until=clock.now())
    assert desk_acts.take(services, submission, actor=hoa) is None
    with pytest.raises(ActNotAllowedError):
        desk_acts.let_go(services, submission, actor=person(services, "bach"), until=clock.now())


def test_leaving_takes_a_moment_with_its_zone(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    submission = hand_in(services, tmp_path / "a", GOOD)
    lan = browser_of(app, services, "lan")
    for until in ("", "hôm nay", "2026-11-21T09:00:00"):
        assert post(lan, f"/desk/{submission}/leave", until=until).status_code == 400
    left = post(lan, f"/desk/{submission}/leave", until=clock.iso(clock.now()))
    assert left.status_code == 204


def test_many_are_accepted_at_once_but_none_with_findings_or_in_other_hands(
    app: Flask, services: Services, second: str, tmp_path: Path
) -> None:
    good = hand_in(services, tmp_path / "a", GOOD)
    other = hand_in(services, tmp_path / "b", OTHER)
    write_pdf(tmp_path / "c" / "01.pdf", words=BAD)
    rows = [document_row("01.pdf", BAD, issuedDate="")]
    write_sheet(tmp_path / "c" / "Hồ sơ.xlsx", [case_row(BAD)], rows)
    (bad,) = submissions_acts.submit(
        tmp_path / "c", actor=person(services, "bach"), services=services
    )
    do_all(services)
    clean = [identifier for identifier in (good, other) if _is_clean(services, identifier)]
    third = hand_in(services, tmp_path / "d", "H40.18.2025.13.QLCT")
    desk_acts.take(services, third, actor=person(services, second))
    outcome = desk_acts.accept_clean(
        services, [good, other, bad, third], actor=person(services, "lan")
    )
    assert len(outcome.accepted) == len(clean)
    refused = {entry["code"]: entry["error"] for entry in outcome.refused}
    assert refused[BAD] == "desk-not-clean"
    assert state(services, bad) == "checked"
    assert state(services, third) == "checked"


def test_before_many_are_accepted_the_documents_without_a_signature_are_named(
    app: Flask, services: Services, second: str, tmp_path: Path
) -> None:
    unsigned, signed = (hand_in(services, tmp_path / one, one) for one in (GOOD, OTHER))
    with services.writing() as session:
        of_signed = SubmissionFile.submission_id == signed
        holds = update(SubmissionFile).where(of_signed).values(signatures=[{"outcome": "holds"}])
        session.execute(holds)
        session.execute(update(Submission).values(worst=""))  # as if in a file plan
    lan, archivist = browser_of(app, services, "lan"), person(services, "lan")

    def told(*ids: UUID) -> str:
        form = {"id": [str(identifier) for identifier in ids], "csrf_token": session_token(lan)}
        return lan.post("/desk/clean-unsigned", data=form).text

    with counted(services) as statements:
        found = desk_acts.unsigned_of(services, [unsigned, signed], actor=archivist)
    assert [code for code, _ in found] == [GOOD]
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 2
    page = lan.get("/desk").text
    assert 'hx-post="/desk/clean-unsigned" hx-trigger="click from:#accept-clean"' in page
    told_first = told(unsigned, signed)
    assert f"{found[0][1]} tài liệu của 1 hồ sơ không có chữ ký số có giá trị." in told_first
    assert GOOD in told_first
    assert OTHER not in told_first
    assert "Không có tài liệu nào phải ghi là Tham khảo" in told(signed)
    with pytest.raises(ActNotAllowedError):
        desk_acts.unsigned_of(services, [unsigned], actor=person(services, "bach"))


def test_after_many_the_page_tells_how_many_were_accepted_and_which_were_not_and_why(
    app: Flask, services: Services, second: str, tmp_path: Path
) -> None:
    good, other = (hand_in(services, tmp_path / one, one) for one in (GOOD, OTHER))
    _name(services, second, "Nguyễn Thị Hoa")
    desk_acts.take(services, other, actor=person(services, second))
    lan = browser_of(app, services, "lan")
    with services.writing() as session:
        session.execute(delete(FindingRow))  # of the file plan: it is not what this is about
    form = {"id": [str(good), str(other)], "csrf_token": form_token(lan.get(f"/desk/{good}"))}
    told = lan.post("/desk/accept-clean", data=form, follow_redirects=True).text
    assert "Đã tiếp nhận 1 hồ sơ. 1 hồ sơ chưa tiếp nhận." in told
    assert f'<span class="code">{OTHER}</span>: Hồ sơ này đang được Nguyễn Thị Hoa xem' in told
    assert state(services, good) == "accepted"
    assert "hồ sơ chưa tiếp nhận" not in lan.get("/desk").text  # it is told once


def test_acts_on_what_another_has_open_are_greyed_with_the_reason_and_can_be_taken_over(
    app: Flask, services: Services, second: str, tmp_path: Path
) -> None:
    submission = hand_in(services, tmp_path / "a", GOOD)
    lan, hoa = browser_of(app, services, "lan"), browser_of(app, services, second)
    accept = f'action="/submissions/{submission}/accept"'
    post(lan, f"/desk/{submission}/claim")
    page = hoa.get(f"/desk/{submission}").text
    bar = page[page.index('id="desk-bar"') :]
    assert accept not in bar
    assert bar.count('aria-disabled="true" aria-describedby="why"') == 2
    assert "lan đang xem hồ sơ này từ" in bar
    assert "Nhận xử lý thay" in bar
    asked, _, lead = bar.partition('id="take-over-dialog"')
    assert 'data-opens="take-over-dialog"' in asked
    assert f'action="/desk/{submission}/take-over"' in lead
    assert "/take-over" not in asked
    assert "lan đang xem hồ sơ này từ" in lead
    assert accept in lan.get(f"/desk/{submission}").text
    post(hoa, f"/desk/{submission}/take-over")
    told = post(lan, f"/desk/{submission}/claim").text  # a page that stood open meanwhile
    assert 'hx-swap-oob="true"' in told
    assert "Nhận xử lý thay" in told
    desk_acts.let_go(services, submission, actor=person(services, second), until=clock.now())
    again = post(lan, f"/desk/{submission}/claim", held="hoa")
    assert again.headers["HX-Refresh"] == "true"


def test_a_refusal_because_another_has_it_open_names_the_person_and_leads_back(
    app: Flask, services: Services, second: str, tmp_path: Path
) -> None:
    submission = hand_in(services, tmp_path / "a", GOOD)
    _name(services, second, "Nguyễn Thị Hoa")
    desk_acts.take(services, submission, actor=person(services, second))
    lan = browser_of(app, services, "lan")
    told = post(lan, f"/submissions/{submission}/accept")
    assert (told.status_code, told.headers["Location"]) == (303, f"/desk/{submission}")
    assert "Hồ sơ này đang được Nguyễn Thị Hoa xem" in lan.get(f"/desk/{submission}").text


def _name(services: Services, account: str, name: str) -> None:
    with services.writing() as session:
        named = update(Account).where(Account.name == account).values(display_name=name)
        session.execute(named)


def _is_clean(services: Services, submission_id: UUID) -> bool:
    (found,) = queries.submissions(services, [submission_id], actor=person(services, "lan"))
    return found.worst in ("", "info")


def test_a_resubmission_shows_what_changed(app: Flask, services: Services, tmp_path: Path) -> None:
    first = hand_in(services, tmp_path / "a", GOOD)
    submissions_acts.give_back(
        services, first, Return(reason="Sửa tiêu đề"), actor=person(services, "lan")
    )
    write_pdf(tmp_path / "b" / "01.pdf", words="khác")
    rows = [document_row("01.pdf", GOOD, subject="Tờ trình đã sửa")]
    cases = [case_row(GOOD, title="Hồ sơ đã sửa tiêu đề")]
    write_sheet(tmp_path / "b" / "Hồ sơ.xlsx", cases, rows)
    (again,) = submissions_acts.submit(
        tmp_path / "b", actor=person(services, "bach"), services=services
    )
    do_all(services)
    lan = browser_of(app, services, "lan")
    page = lan.get(f"/desk/{again}?part=changes").text
    assert "So với lần nộp lúc" in page
    assert "Hồ sơ đã sửa tiêu đề" in page
    assert "Thay đổi" in lan.get(f"/desk/{again}").text


def test_a_reader_claims_nothing(app: Flask, services: Services, tmp_path: Path) -> None:
    submission = hand_in(services, tmp_path / "a", GOOD)
    assert post(browser_of(app, services, "bach"), f"/desk/{submission}/claim").status_code == 403


def test_a_draft_that_mends_a_returned_one_shows_the_reason_and_what_was_found(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    write_pdf(tmp_path / "c" / "01.pdf", words=BAD)
    rows = [document_row("01.pdf", BAD, issuedDate="")]
    write_sheet(tmp_path / "c" / "Hồ sơ.xlsx", [case_row(BAD)], rows)
    (bad,) = submissions_acts.submit(
        tmp_path / "c", actor=person(services, "bach"), services=services
    )
    do_all(services)
    lan = browser_of(app, services, "lan")
    proposed = html.unescape(lan.get(f"/desk/{bad}").text.partition('id="reason"')[2])
    first = proposed.partition(">")[2].partition("</textarea>")[0].splitlines()[0]
    assert first.startswith("1. ")
    asked = "Đề nghị ghi đủ cơ quan ban hành"
    reason = f"{first} Xem lại bản gốc.\n{asked}"
    submissions_acts.give_back(services, bad, Return(reason=reason), actor=person(services, "lan"))
    bach = browser_of(app, services, "bach")
    begun = post(bach, "/drafts", after=str(bad))
    page = bach.get(begun.headers["Location"]).text
    above = page[page.index('id="given-back"') : page.index("data-draft ")]
    assert asked in above
    assert "Xem lại bản gốc." in above
    assert first not in html.unescape(above)  # its finding stands there, not the line as well
    assert f'href="/submissions/{bad}"' in above
    assert above.partition(asked)[2].count('class="finding ') == 1  # no other was named
    assert "Văn bản, dòng" not in above.partition(asked)[2]
    empty = post(bach, "/drafts").headers["Location"]
    assert 'id="given-back"' not in bach.get(empty).text


def test_the_address_of_a_draft_that_was_handed_in_leads_to_the_submission(
    app: Flask, services: Services, second: str, tmp_path: Path
) -> None:
    submission = hand_in(services, tmp_path / "a", GOOD)
    back = browser_of(app, services, "bach").get(f"/drafts/{submission}")
    assert (back.status_code, back.headers["Location"]) == (303, f"/submissions/{submission}")
    assert browser_of(app, services, "bach").get(f"/drafts/{uuid4()}").status_code == 404
