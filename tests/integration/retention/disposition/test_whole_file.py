"""The file of a destruction by page, by REST and by command: due to certificate."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.app import create_app
from archive_service.cli.errors import Exit
from archive_service.domain.retention.disposition import Disposition
from archive_service.domain.retention.removal import Removal
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import work
from retention.disposition import acts as disposition_acts
from retention.disposition.council.acts import DispositionScanError, note_opinion
from retention.disposition.council.council import Opinion
from retention.disposition.decision import acts as decision_acts
from retention.disposition.execution import execute
from retention.disposition.given import DecisionApproval, ListShown
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.door import write_pdf
from tests.worlds.holding import take_away
from tests.worlds.retention.destroyed import approved, carried_out, open_due
from tests.worlds.retention.dispositions import HEAD, otp_of, reviewed, submitted

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def due(held_home: Path, tmp_path: Path) -> Iterator[tuple[Services, str]]:
    with open_due(held_home, tmp_path / "home", *BOTH) as opened:
        yield opened


@pytest.fixture
def app(due: tuple[Services, str]) -> Flask:
    return create_app(due[0])


def lay_back(services: Services, code: str = OPEN_CODE) -> None:
    """A byte of a destroyed case file comes back into a copy."""
    with services.read_only() as session:
        removal = session.scalars(select(Removal).where(Removal.code == code)).one()
    place = services.settings.home / "kho1" / object_root(removal.ocfl_id)
    place.mkdir(parents=True)
    (place / "inventory.json").write_bytes(b"{}")


def with_paper(services: Services, row: UUID) -> None:
    with services.writing() as session:
        for item in session.get_one(Disposition, row).items:
            if item.code == OPEN_CODE:
                item.paper = "Kho 1, giá 2, hộp 3"


def test_people_see_the_file_sign_note_the_paper_and_compare(
    app: Flask, due: tuple[Services, str]
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    with_paper(services, row)
    lan, at = browser_of(app, services, "lan"), f"/dispositions/{row}"
    page = lan.get(at).text
    assert "Danh mục tài liệu đề nghị hủy" in page
    assert "Chưa lập" in page, "the decision is due"
    post(lan, f"{at}/papers")
    assert "Chưa lập" not in lan.get(at).text
    paper = lan.get(f"{at}/papers/decision.pdf")
    assert paper.data.startswith(b"%PDF")
    assert lan.get(f"{at}/papers/list.xlsx").status_code == 200
    assert lan.get(f"{at}/papers/decision.xlsx").status_code == 409
    assert lan.get(f"{at}/papers/certificate.pdf").status_code == 404
    assert post(lan, f"{at}/papers/decision/signature", signer=HEAD).status_code == 303
    assert "chờ ký" in lan.get(at).text
    execute(services, row, ListShown(), actor=person(services, "lan"))
    work(services, until_empty=True)
    assert "Hủy tài liệu giấy" in lan.get(at).text
    noted = {"code": OPEN_CODE, "by": "Bách", "on": "2026-11-02", "method": "nghiền bột"}
    assert post(lan, f"{at}/paper-halves", **noted).status_code == 303
    work(services, until_empty=True)
    assert "nghiền bột" in lan.get(f"/case-files/{OPEN_CODE}").text
    page = lan.get(f"{at}/certificate").text
    assert "Mọi mục đã khép" in page
    assert "nghiền bột" in page
    page = post(lan, f"{at}/certificate").text
    assert "đều không còn gì" in page
    lay_back(services)
    page = post(lan, f"{at}/certificate").text
    assert "1 nơi đã ghi là đã hủy nay lại thấy còn dữ liệu" in page
    assert "Lại thấy còn" in page
    assert browser_of(app, services, "binh").get(f"{at}/certificate").status_code == 403
    stub = lan.get(f"/case-files/{RESTRICTED_CODE}").text
    assert "Hồ sơ đã hủy ở mọi nơi" in stub
    assert f"{at}/certificate" in stub
    assert "Mục lục văn bản" not in stub
    assert "pages.case_files" not in stub, "every word is a text"


def test_people_propose_a_list_and_are_told_why_nothing_may_stand_on_it(
    app: Flask, due: tuple[Services, str]
) -> None:
    services, _ = due
    lan = browser_of(app, services, "lan")
    assert "/dispositions/new" in lan.get("/dispositions").text
    assert OPEN_CODE in lan.get(f"/dispositions/new?code={OPEN_CODE}").text
    made = post(lan, "/dispositions", kind="destroy", codes=f"{OPEN_CODE}\n", reason="Hết hạn")
    assert made.status_code == 303
    again = post(lan, "/dispositions", kind="destroy", codes=OPEN_CODE, reason="Hết hạn")
    assert again.status_code == 422
    assert "Hồ sơ đã có trong danh sách 01/" in again.text
    bach = browser_of(app, services, "bach")
    assert bach.get("/dispositions/new").status_code == 403


def asked(services: Services, row: UUID) -> bool:
    """Whether the list waits for the opinion of the archive above."""
    needs = {
        next_act.act: next_act.needs
        for next_act in disposition_acts.show(services, row, actor=OPERATOR).next
    }
    return "opinion" in needs["submit"]


def test_the_opinion_is_kept_with_its_scan(
    app: Flask, due: tuple[Services, str], tmp_path: Path
) -> None:
    services, _ = due
    row = reviewed(services, *BOTH)
    lan, at = browser_of(app, services, "lan"), f"/dispositions/{row}"
    assert "Cơ quan thẩm định" in lan.get(at).text
    scan = write_pdf(tmp_path / "opinion.pdf", words="thẩm định")
    assert post(lan, f"{at}/opinion", opinion_by="", agrees="yes").status_code == 422
    assert not asked(services, row), "of an empty form nothing is noted"
    assert post(lan, f"{at}/opinion", opinion_by="", agrees="awaited").status_code == 303
    assert asked(services, row)
    form = {
        "opinion_by": "Lưu trữ lịch sử tỉnh",
        "opinion_number": "21/LTLS",
        "opinion_on": str(clock.today()),
        "agrees": "yes",
        "opinion_scan": (BytesIO(scan.read_bytes()), "opinion.pdf"),
    }
    assert post(lan, f"{at}/opinion", **form).status_code == 303  # type: ignore[arg-type]  # a file
    assert lan.get(f"{at}/papers/opinion.pdf").data == scan.read_bytes()
    told = disposition_acts.show(services, row, actor=OPERATOR)
    assert told.opinion is not None
    assert told.opinion.agrees is True
    (tmp_path / "no.pdf").write_text("no PDF")
    opinion = Opinion("A", "1", clock.today(), agrees=True)
    with pytest.raises(DispositionScanError):
        note_opinion(
            services,
            row,
            opinion,
            scan=tmp_path / "no.pdf",
            actor=person(services, "lan"),
        )


def test_a_program_and_a_command_hand_in_the_scan_of_an_opinion(
    app: Flask, due: tuple[Services, str], tmp_path: Path
) -> None:
    services, _ = due
    row = reviewed(services, *BOTH)
    lan, at = program_of(app, services, "lan"), f"/dispositions/{row}"
    first, second = (write_pdf(tmp_path / f"{n}.pdf", words=f"thẩm định {n}") for n in (1, 2))
    form = {"by": "Lưu trữ lịch sử tỉnh", "number": "21/LTLS", "on": str(clock.today())}
    sent = form | {"file": (BytesIO(first.read_bytes()), "ý kiến.pdf")}
    told = lan.post(f"{at}/opinion/scan", data=sent, content_type="multipart/form-data")
    assert told.status_code == 200
    assert told.get_json()["opinion"]["number"] == "21/LTLS"
    assert lan.get(f"{at}/papers/opinion").data == first.read_bytes()
    wrong = form | {"file": (BytesIO(b"no PDF"), "x.pdf")}
    refused = lan.post(f"{at}/opinion/scan", data=wrong, content_type="multipart/form-data")
    assert refused.get_json()["code"] == DispositionScanError.code
    words = ("disposition", "opinion", row, "--by", "Lưu trữ lịch sử tỉnh", "--number", "22/LTLS")
    by_command = Command(services.settings.home).ask(*words, "--scan", second, account="lan")
    assert by_command["opinion"]["number"] == "22/LTLS"
    assert lan.get(f"{at}/papers/opinion").data == second.read_bytes()


def test_a_program_reads_papers_and_compares_the_certificate(
    app: Flask, due: tuple[Services, str]
) -> None:
    services, secret = due
    row = submitted(services, *BOTH)
    lan, at = program_of(app, services, "lan"), f"/dispositions/{row}"
    told = lan.get(f"{at}/papers").get_json()
    assert [paper["form"] for paper in told["papers"]][:2] == ["list", "explanation"]
    assert lan.get(f"{at}/papers/list").data.startswith(b"%PDF")
    assert lan.get(f"{at}/papers/list?as=docx").data.startswith(b"PK")
    assert lan.get(f"{at}/papers/list?as=exe").status_code == 422
    assert lan.get(f"{at}/certificate").status_code == 404
    asked = lan.post(f"{at}/papers/minutes/signature", json={"account": "bach"})
    assert (asked.status_code, asked.get_json()["state"]) == (201, "waiting")
    head = person(services, HEAD)
    decision_acts.approve(services, row, DecisionApproval(otp=otp_of(secret)), actor=head)
    with_paper(services, row)
    execute(services, row, ListShown(), actor=person(services, "lan"))
    work(services, until_empty=True)
    assert lan.post(f"{at}/papers").get_json()["made"] == [], "the watch made it"
    assert lan.get(f"{at}/certificate").get_json()["certificate"]["provisional"] is True
    half = {"code": OPEN_CODE, "by": "Bách", "on": "2026-11-02", "method": "nghiền bột"}
    noted = lan.post(f"{at}/paper-halves", json=half).get_json()
    assert noted["state"] == "executed"
    assert noted["items"][0]["paper_method"] == "nghiền bột"
    told = lan.post(f"{at}/certificate/comparison").get_json()
    assert told["certificate"]["provisional"] is False
    assert told["comparison"]["found_again"] == 0
    assert program_of(app, services, "binh").get(f"{at}/papers").status_code == 403


def test_a_program_sees_that_a_case_file_is_being_destroyed(
    app: Flask, due: tuple[Services, str]
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    lan, at = program_of(app, services, "lan"), f"/case-files/{OPEN_CODE}"
    assert lan.get(at).get_json()["removing_since"] is None
    take_away(services.settings.home / "kho2")
    execute(services, row, ListShown(), actor=person(services, "lan"))
    work(services, until_empty=True)
    told = lan.get(at).get_json()
    assert (told["state"], told["package"]["copies"]) == ("stored", [])
    with services.read_only() as session:
        removal = session.scalars(select(Removal).where(Removal.code == OPEN_CODE)).one()
    assert told["removing_since"] == clock.iso(removal.claimed_at)


def test_the_command_certifies_and_fails_where_something_is_found_again(
    due: tuple[Services, str], tmp_path: Path
) -> None:
    services, secret = due
    row = carried_out(services, secret, *BOTH)
    command = Command(services.settings.home)
    target = tmp_path / "certificate.json"
    told = command.ask("disposition", "certificate", row, "--to", target, account="lan")
    assert json.loads(target.read_text("utf-8"))["certificate"] == told["certificate"]
    lay_back(services)
    again = command.run("disposition", "certificate", row, "--to", target, account="lan")
    assert again.code == Exit.INTEGRITY
