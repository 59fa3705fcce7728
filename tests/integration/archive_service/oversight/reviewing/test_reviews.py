"""Reviews of the trail and of accounts and rights: line by line, signed, and told when late."""

import datetime as dt
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import access, clock
from archive_service.accounts.acts import add_account, get_account
from archive_service.accounts.disabling import disable_account
from archive_service.db.migrate import set_aside
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.review import REVIEW_PAPER
from archive_service.domain.signing.signing_request import SIGNED_PAPER
from archive_service.evidence.write_out import write_out_evidence
from archive_service.home_rules import HomeRulesError
from archive_service.law import CONFIG
from archive_service.notices import inbox
from archive_service.notices.incidents import open_incidents
from archive_service.oversight.reporting.acts import end_incident
from archive_service.oversight.reporting.given import IncidentNoted
from archive_service.oversight.reviewing import acts
from archive_service.oversight.reviewing.documents import ReviewDocument
from archive_service.oversight.reviewing.given import LinesConfirmed
from archive_service.oversight.reviewing.rules import ended_period, load_reviews
from archive_service.oversight.reviewing.signing import review_paper, sign_review
from archive_service.oversight.reviewing.watching import WATCH_JOB, watch_on
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import SignerKind, Subject
from archive_service.worker import run_one
from tests.services import tools
from tests.worlds.archive import OPERATOR, actor_of, head_of_agency, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of
from tests.worlds.command import Command

QUARTER = dt.timedelta(days=100)  # from any day on a quarter and a week have ended by then


@pytest.fixture
def auditor(services: Services) -> Actor:
    """An auditor, and reviews of a week and of a quarter that have ended."""
    watch_on(services, clock.today() + QUARTER)
    return actor_of(services, "kiem")


def of_kind(services: Services, actor: Actor, kind: str, agency: str = "") -> UUID:
    found = acts.find_reviews(services, actor=actor).reviews
    (one,) = [each.id for each in found if (each.kind, each.agency) == (kind, agency)]
    return one


def confirmed(services: Services, review: UUID, actor: Actor) -> ReviewDocument:
    shown = acts.show_review(services, review, actor=actor)
    every = [one.subject for one in shown.lines if one.verdict != "own"]
    given = LinesConfirmed(seen=shown.seen, in_order=every)
    return acts.confirm_lines(services, review, given, actor=actor)


def signed(services: Services, request: UUID, actor: Actor, folder: Path) -> bytes:
    _, data = desk_acts.send_out(services, request, actor=actor)
    paper = folder / "paper.pdf"
    paper.write_bytes(data)
    assert tools.verapdf([paper])[0].passed
    found = desk_acts.list_requests(services, actor=actor)
    (waiting,) = [one for one in found if one.id == request]
    subject = Subject(waiting.signer, "Lưu trữ", SignerKind.PERSON, "CCCD:1")
    services.authority.issue_key(subject, folder / "own.p12")
    key = open_pkcs12("pkcs12:own.p12", home=folder)
    key.sign_pdf(paper, paper, field="Ky", reason="Rà soát")
    told = desk_acts.take_return(services, request, paper, actor=actor)
    assert told.accepted, told.findings
    return paper.read_bytes()


def overdue(services: Services) -> list[str]:
    with services.read_only() as session:
        return sorted(one.kind for one in open_incidents(session) if "review" in one.kind)


def test_the_auditor_confirms_each_sort_of_events_and_signs(
    services: Services, auditor: Actor, tmp_path: Path
) -> None:
    review = of_kind(services, auditor, "trail")
    with pytest.raises(acts.ReviewOpenError):
        sign_review(services, review, actor=auditor)
    shown = confirmed(services, review, auditor)
    assert {one.verdict for one in shown.lines} == {"in-order"}
    made = sign_review(services, review, actor=auditor)
    assert (made.state, made.lines) == ("out", [])
    assert made.request_id is not None
    with pytest.raises(acts.ReviewClosedError):
        sign_review(services, review, actor=auditor)
    kept = signed(services, made.request_id, auditor, tmp_path)
    assert review_paper(services, review, actor=auditor)[1] == kept
    line = ("review", "paper", review, "--to", tmp_path / "review.pdf")
    Command(services.settings.home).run(*line, account=auditor.account)
    assert (tmp_path / "review.pdf").read_bytes() == kept
    watch_on(services, clock.today() + QUARTER)
    assert acts.show_review(services, review, actor=auditor).state == "signed"
    with services.read_only() as session:
        papers = session.scalars(select(Act).where(Act.kind == SIGNED_PAPER)).all()
        assert [one.document["subject_id"] for one in papers] == [str(review)]
        assert papers[0].companion_sha256 is not None
        assert papers[0].written


def test_the_auditor_signs_nothing_else(services: Services, auditor: Actor, tmp_path: Path) -> None:
    assert not access.may(auditor, "signing:request")
    assert not access.may(auditor, "signing:sign")
    paper = tmp_path / "paper.pdf"
    _, data = review_paper(services, of_kind(services, auditor, "trail"), actor=auditor)
    paper.write_bytes(data)
    for actor in (person(services, "lan"), OPERATOR):
        with pytest.raises(desk_acts.SignerUnfitError):
            desk_acts.request_signature(services, paper, account="kiem", actor=actor)
    subject = (REVIEW_PAPER, "x")
    desk_acts.request_own_signature(services, paper, actor=auditor, name="x", subject=subject)
    with pytest.raises(desk_acts.SignatureAskedError):
        desk_acts.request_own_signature(services, paper, actor=auditor, name="x", subject=subject)


def test_each_head_confirms_name_by_name_and_not_the_own_account(
    services: Services, auditor: Actor
) -> None:
    hung, agency = person(services, "hung"), "H40.10"
    review = of_kind(services, hung, "rights")
    shown = acts.show_review(services, review, actor=hung)
    own = [one for one in shown.lines if one.verdict == "own"]
    assert [one.title for one in own] == ["hung"]
    for other in (person(services, "lan"), auditor):
        with pytest.raises((acts.ReviewerOtherError, access.ActNotAllowedError)):
            acts.confirm_lines(services, review, LinesConfirmed(seen=shown.seen), actor=other)
    given = LinesConfirmed(seen=shown.seen, in_order=["hung"])
    with pytest.raises(acts.ReviewLineError):
        acts.confirm_lines(services, review, given, actor=hung)
    given = LinesConfirmed(
        seen=shown.seen, in_order=["mai"], objected={"lan": "Chuyển công tác, cần khóa"}
    )
    told = {one.title: one for one in acts.confirm_lines(services, review, given, actor=hung).lines}
    assert told["mai"].verdict == "in-order"
    assert told["lan"].remark == "Chuyển công tác, cần khóa"
    found = [one.agency for one in acts.find_reviews(services, actor=hung).reviews]
    (agency,) = {one for one in found if one} - {"H40.20"}
    boss = head_of_agency(services)
    of_agency = of_kind(services, boss, "rights", agency)
    assert [one.title for one in confirmed(services, of_agency, boss).lines] == ["bach"]
    with pytest.raises(acts.ReviewNotFoundError):
        acts.show_review(services, review, actor=boss)
    with pytest.raises(acts.ReviewerOtherError):
        confirmed(services, of_agency, hung)
    confirmed(services, of_kind(services, hung, "rights", "H40.20"), hung)  # it has no head


def test_what_changed_since_it_was_seen_is_confirmed_anew(
    services: Services, auditor: Actor
) -> None:
    hung = person(services, "hung")
    review = of_kind(services, hung, "rights")
    shown = confirmed(services, review, hung)
    add_person(services, "moi", Role.ARCHIVIST)
    with pytest.raises(acts.ReviewChangedError):
        acts.confirm_lines(services, review, LinesConfirmed(seen=shown.seen), actor=hung)
    with pytest.raises(acts.ReviewOpenError) as refused:
        sign_review(services, review, actor=hung)
    assert refused.value.facts["count"] == 1
    confirmed(services, review, hung)
    with services.writing() as session:
        get_account(session, "mai").unit = "Phòng Hành chính"
    undecided = [
        one.title for one in acts.show_review(services, review, actor=hung).lines if not one.verdict
    ]
    assert undecided == ["mai"]


def test_late_reviews_are_incidents_until_they_are_signed(
    services: Services, auditor: Actor, tmp_path: Path
) -> None:
    late = clock.today() + QUARTER + dt.timedelta(days=16)
    watch_on(services, late)
    watch_on(services, late)
    assert set(overdue(services)) == {"rights-review-overdue", "trail-review-overdue"}
    with services.read_only() as session:
        rows, _ = inbox.list_notices(session, actor=auditor, kind="review-due")
        assert "Rà soát nhật ký" in inbox.sentence(rows[0], "vi")
        first = session.scalars(
            select(Incident).where(Incident.kind == "trail-review-overdue")
        ).all()
    assert len(first) == len({one.subject for one in first})
    weeks = [
        one for one in acts.find_reviews(services, actor=auditor).reviews if one.kind == "trail"
    ]
    assert [(one.last - two.last).days for one, two in pairwise(weeks)] == [7] * (len(weeks) - 1)
    assert len(weeks) >= 3  # those in which no worker looked are made, too
    for one in acts.find_reviews(services, actor=auditor).reviews:
        if one.kind == "trail":
            confirmed(services, one.id, auditor)
            made = sign_review(services, one.id, actor=auditor)
            assert made.request_id is not None
            signed(services, made.request_id, auditor, tmp_path)
    watch_on(services, late)
    assert "trail-review-overdue" not in overdue(services)


def test_what_a_signed_review_objects_to_is_an_incident_until_it_is_seen_to(
    services: Services, auditor: Actor, tmp_path: Path
) -> None:
    hung = person(services, "hung")
    for kind, by, line, objected in (
        ("rights", hung, "mai", "Đã chuyển công tác"),
        ("trail", auditor, "rest", "Chưa rõ người làm"),
    ):
        review = of_kind(services, by, kind)
        seen = confirmed(services, review, by).seen
        given = LinesConfirmed(seen=seen, objected={line: objected})
        acts.confirm_lines(services, review, given, actor=by)
        made = sign_review(services, review, actor=by)
        assert made.request_id is not None
        (tmp_path / kind).mkdir()
        signed(services, made.request_id, by, tmp_path / kind)
    watch_on(services, clock.today() + QUARTER)
    with services.read_only() as session:
        rows = {one.kind: one for one in open_incidents(session)}
    of_rights, of_trail = rows["rights-review-objected"], rows["trail-review-objected"]
    assert (of_rights.facts["lines"], of_trail.facts["lines"]) == (["mai"], ["rest"])
    with services.writing() as session:  # that it changes settles nothing by itself
        get_account(session, "mai").unit = "Phòng Hành chính"
    watch_on(services, clock.today() + QUARTER)
    for one in (of_rights, of_trail):
        told = end_incident(services, one.id, IncidentNoted(text="Đã làm rõ"), actor=hung)
        assert told.closed_at is not None
    watch_on(services, clock.today() + QUARTER)
    with services.read_only() as session:
        assert not {one.kind for one in open_incidents(session) if "objected" in one.kind}


def test_whoever_comes_after_a_leaver_signs_a_paper_of_their_own(
    services: Services, auditor: Actor
) -> None:
    review = of_kind(services, auditor, "trail")
    confirmed(services, review, auditor)
    sign_review(services, review, actor=auditor)
    with services.unit_of_work() as uow:
        disable_account("kiem", actor=actor_of(services, "quan"), uow=uow)
        uow.commit()
    add_person(services, "yen", Role.AUDITOR)
    yen = actor_of(services, "yen")
    assert acts.show_review(services, review, actor=yen).state == "open"
    assert sign_review(services, review, actor=yen).state == "out"


def test_periods_end_on_sundays_and_with_quarters(home: Path) -> None:
    monday = dt.date(2027, 1, 4)
    assert ended_period("week", monday) == (dt.date(2026, 12, 28), dt.date(2027, 1, 3))
    sunday = dt.date(2027, 1, 3)
    assert ended_period("week", sunday) == (dt.date(2026, 12, 21), dt.date(2026, 12, 27))
    assert ended_period("quarter", monday) == (dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    assert ended_period("quarter", dt.date(2026, 6, 30)) == (
        dt.date(2026, 1, 1),
        dt.date(2026, 3, 31),
    )
    (home / "rule_sets").mkdir(exist_ok=True)
    (home / "rule_sets" / "reviews.toml").write_text('[[rule]]\nkind = "trail"\n', "utf-8")
    with pytest.raises(HomeRulesError):
        load_reviews(home)


def test_a_new_archive_has_nothing_to_review_yet(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, WATCH_JOB)
    assert run_one(services, names=(WATCH_JOB,)) == "done"
    assert acts.find_reviews(services, actor=person(services, "hung")).reviews == []


def test_a_rebuild_gives_reviews_back_with_what_was_said_and_signed(
    services: Services, auditor: Actor, tmp_path: Path
) -> None:
    trail, hung = of_kind(services, auditor, "trail"), person(services, "hung")
    confirmed(services, trail, auditor)
    asked = sign_review(services, trail, actor=auditor).request_id
    assert asked is not None
    paper = signed(services, asked, auditor, tmp_path)
    watch_on(services, clock.today() + QUARTER)
    rights = of_kind(services, hung, "rights")
    shown = acts.show_review(services, rights, actor=hung)
    said = LinesConfirmed(seen=shown.seen, objected={"lan": "Chuyển công tác"})
    acts.confirm_lines(services, rights, said, actor=hung)

    def kept() -> list[object]:
        listed = acts.find_reviews(services, actor=auditor)
        return [listed, *(acts.show_review(services, one, actor=hung) for one in (trail, rights))]

    before = kept()
    rebuild(services, actor=OPERATOR)
    assert kept() == before
    assert review_paper(services, trail, actor=auditor)[1] == paper
    watch_on(services, clock.today() + QUARTER)
    assert kept() == before


def test_reviews_come_back_where_the_database_is_lost(
    services: Services, auditor: Actor, tmp_path: Path
) -> None:
    """What was said, and by when it was due, is told by the trail; what is signed by its paper."""
    first = of_kind(services, auditor, "trail")
    confirmed(services, first, auditor)
    asked = sign_review(services, first, actor=auditor).request_id
    assert asked is not None
    paper = signed(services, asked, auditor, tmp_path)
    own = services.settings.home / "rule_sets" / "reviews.toml"
    own.parent.mkdir(exist_ok=True)
    shipped = (CONFIG / "rule_sets" / "reviews.toml").read_text("utf-8")
    own.write_text(shipped.replace("days = 7", "days = 3").replace('"3.9"', '"3.9 kỳ"'), "utf-8")
    watch_on(services, clock.today() + QUARTER + dt.timedelta(days=7))
    own.unlink()
    listed = acts.find_reviews(services, actor=auditor).reviews
    (of_second,) = (one for one in listed if one.kind == "trail" and one.id != first)
    assert ((of_second.due_on - of_second.last).days, "3.9 kỳ" in of_second.citation) == (3, True)
    second = of_second.id
    seen = acts.show_review(services, second, actor=auditor).seen
    given = LinesConfirmed(seen=seen, in_order=["keys"], objected={"rest": "Hỏi lại"})
    acts.confirm_lines(services, second, given, actor=auditor)

    def kept(actor: Actor) -> list[object]:
        told = acts.show_review(services, second, actor=actor).lines
        lines = [(one.subject, one.details, one.verdict, one.remark, one.by) for one in told]
        return [acts.find_reviews(services, actor=actor).reviews, lines]

    before = kept(auditor)
    write_out_evidence(services)
    set_aside(services.database.engine)
    rebuild(services, actor=OPERATOR)
    with services.unit_of_work() as uow:
        add_account("kiem.moi", role=Role.AUDITOR, actor=OPERATOR, uow=uow)
        uow.commit()
    anew = actor_of(services, "kiem.moi")
    assert kept(anew) == before
    assert review_paper(services, first, actor=anew)[1] == paper
    watch_on(services, clock.today() + QUARTER + dt.timedelta(days=7))
    assert kept(anew) == before


def test_pages_and_programs_do_the_same(app: Flask, services: Services, auditor: Actor) -> None:
    review = of_kind(services, auditor, "trail")
    at, browser = f"/reviews/{review}", browser_of(app, services, "kiem")
    assert at in browser.get("/reviews").text
    seen = acts.show_review(services, review, actor=auditor)
    lines = {f"verdict-{one.subject}": "in-order" for one in seen.lines}
    objected = lines | {"verdict-rest": "objected", "remark-rest": "\u200b-"}
    assert post(browser, f"{at}/lines", seen=seen.seen, **objected).status_code == 422
    objected["remark-rest"] = "Hỏi lại bộ phận kỹ thuật"
    assert post(browser, f"{at}/lines", seen="x", **lines).status_code == 409
    assert post(browser, f"{at}/lines", seen=seen.seen, **objected).status_code == 303
    assert "Hỏi lại bộ phận kỹ thuật" in browser.get(at).text
    assert browser.get(f"{at}/paper").data.startswith(b"%PDF")
    head = browser_of(app, services, "hung")
    add_person(services, "yen", Role.HEAD)
    shown_to = {
        of: 'name="verdict-rest"' in browser_of(app, services, of).get(at).text
        for of in ("kiem", "yen")
    }
    assert shown_to == {"kiem": True, "yen": False}
    assert post(head, f"{at}/lines", seen=seen.seen).status_code == 403
    program = program_of(app, services, "kiem")
    told = program.post(f"{at}/lines", json={"seen": seen.seen, "in_order": ["rest"]})
    assert told.json is not None
    assert {one["verdict"] for one in told.json["lines"]} == {"in-order"}
    asked = post(browser, f"{at}/signature")
    assert asked.status_code == 303
    assert "signing" in asked.location
    assert browser.get(asked.location).status_code == 200
    assert program.post(f"{at}/signature").status_code == 409
    listed = program.get("/reviews").json
    assert listed is not None
    assert str(review) in {one["id"] for one in listed["reviews"] if one["state"] == "out"}
    assert program.get(f"{at}/paper").data.startswith(b"%PDF")


def test_commands_do_the_same(home: Path, services: Services, auditor: Actor) -> None:
    review = str(of_kind(services, auditor, "trail"))
    command = Command(home)
    assert review[:8] in command.run("review", "list", account="kiem").stdout
    shown = command.run("review", "show", review, account="kiem").stdout
    seen = shown.partition("--seen ")[2].split()[0]
    said = ("--seen", seen, "--in-order", "rest", "--objected", "keys=Hỏi lại")
    told = command.ask("review", "confirm", review, *said, account="kiem")
    verdicts = {one["subject"]: one["verdict"] for one in told["lines"]}
    assert (verdicts["rest"], verdicts["keys"]) == ("in-order", "objected")
    assert command.run("review", "sign", review, account="kiem").code == 4
    of_rights = str(of_kind(services, auditor, "rights"))
    assert "mai" in command.run("review", "show", of_rights, account="hung").stdout
