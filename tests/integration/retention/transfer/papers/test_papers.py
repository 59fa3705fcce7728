"""The papers of a transfer at the giver: sealed, made anew, kept, read by commands and REST."""

import hashlib
import io
import json
import re
from pathlib import Path
from types import ModuleType
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.transfer.transfer import Transfer, TransferState
from archive_service.errors import NotAllowedError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.copies.check_codes import verdict_of
from archive_service.signing.pdf.validate import inspect_signatures
from retention.holds.acts import place_holds
from retention.transfer.given import Approval, PaperAnswer, PaperSent
from retention.transfer.packages import build as packages_build
from retention.transfer.papers.acts import (
    TransferPaperEarlyError,
    TransferPaperMissingError,
    TransferPaperUnknownError,
    TransferPaperWordsError,
    make_paper,
    papers_of,
    read_paper,
)
from retention.transfer.papers.given import WordsIn
from retention.transfer.register import acts as register_acts
from retention.transfer.register import answer as register_answer
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.papers.printed_text import read
from tests.worlds.retention.dispositions import HEAD, add_agency_head
from tests.worlds.transfer.replies import agreed, packed
from tests.worlds.transfer.transfers import (
    TwoArchives,
    answered,
    approved,
    built,
    composed,
    make_permanent,
)

BOTH = (OPEN_CODE, RESTRICTED_CODE)
NOTE = {"note": "Bản vẽ khổ lớn quét ở 300 dpi."}


def printed(services: Services, row: UUID, kind: str, folder: Path) -> str:
    """What the newest paper of a kind says."""
    name, data = read_paper(services, row, kind, actor=person(services, "lan"))
    place = folder / f"{hashlib.sha256(data).hexdigest()[:8]}-{name}"
    place.write_bytes(data)
    return read(place)


def code_on(said: str) -> str:
    """The code by which anybody checks the paper."""
    (code,) = re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){4}", said)
    return str(code)


def test_papers_of_a_register_are_sealed_numbered_and_kept(
    two: TwoArchives, tmp_path: Path, tools: ModuleType
) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan = person(services, "lan")
    assert [paper.kind for paper in papers_of(services, row, actor=lan) if paper.may_make] == [
        "catalogue",
        "explanation",
    ]
    for kind in ("catalogue", "explanation"):
        made = make_paper(
            services, row, kind, WordsIn(words=NOTE if kind != "catalogue" else {}), actor=lan
        )
        name, data = read_paper(services, row, kind, actor=lan)
        (tmp_path / name).write_bytes(data)
        assert hashlib.sha256(data).hexdigest() == made.sha256
        (report,) = inspect_signatures(tmp_path / name, services.trust)
        assert (report.trusted, made.signatures) == (True, [report.signer])
    verdicts = tools.verapdf(sorted(tmp_path.glob("*.pdf")))
    assert [(verdict.passed, verdict.details) for verdict in verdicts] == [(True, "")] * 2
    said = printed(services, row, "catalogue", tmp_path)
    assert all(code.rsplit(".", 1)[1] in said for code in BOTH)
    assert "gồm 02 hồ sơ" in said
    assert NOTE["note"] in printed(services, row, "explanation", tmp_path)
    before = papers_of(services, row, actor=lan)
    do_all(services)
    rebuild(services, actor=OPERATOR)
    assert papers_of(services, row, actor=OPERATOR) == before
    assert read_paper(services, row, "explanation", actor=OPERATOR)[1] == data


def test_a_paper_is_made_anew_only_where_it_says_something_else(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan = person(services, "lan")
    first = make_paper(services, row, "explanation", WordsIn(words=NOTE), actor=lan)
    assert make_paper(services, row, "explanation", WordsIn(), actor=lan) == first
    with services.writing() as session:
        fonds = session.get_one(Fonds, session.scalars(select(CaseFile.fonds_id)).first())
        fonds.history = "Sở được thành lập năm 2009."
    first_code = code_on(printed(services, row, "explanation", tmp_path))
    assert verdict_of(services, first_code).state == "valid"
    second = make_paper(services, row, "explanation", WordsIn(), actor=lan)
    assert (second.edition, second.number) == (2, first.number)
    assert second.words == NOTE
    said = printed(services, row, "explanation", tmp_path)
    assert "Sở được thành lập năm 2009." in said
    third = make_paper(services, row, "explanation", WordsIn(words={"note": ""}), actor=lan)
    assert (third.edition, third.words) == (3, {})
    said = printed(services, row, "explanation", tmp_path)
    assert "300 dpi" not in said
    assert verdict_of(services, first_code).state == "withdrawn", "another stands for it"
    told = verdict_of(services, code_on(said))
    assert (told.state, told.kind, told.digests) == ("valid", "transfer-paper", [third.sha256])


def test_the_letter_bears_the_number_under_which_it_went_and_stays_then(
    services: Services, tmp_path: Path
) -> None:
    make_permanent(services, *BOTH)
    add_agency_head(services)
    row, lan = approved(services, *BOTH, head=HEAD), person(services, "lan")
    assert make_paper(services, row, "register", WordsIn(), actor=lan).number == "01/ĐKNL-LT"
    register_answer.note_sent(
        services, row, PaperSent(on=clock.today(), number="112/SCT-VP"), actor=lan
    )
    sent = make_paper(services, row, "register", WordsIn(), actor=lan)
    assert (sent.number, sent.edition) == ("112/SCT-VP", 2)
    said = printed(services, row, "register", tmp_path)
    assert "Kính gửi: Lưu trữ lịch sử tỉnh Sơn Lam" in said
    assert "thủ trưởng" in said
    register_answer.note_answer(services, row, PaperAnswer(on=clock.today()), actor=lan)
    assert make_paper(services, row, "register", WordsIn(), actor=lan) == sent.model_copy(
        update={"may_make": False}
    )


def test_what_is_declined_or_stopped_is_on_no_catalogue_and_is_explained(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan = person(services, "lan")
    hung = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    packages_build.build(services, row, folder=tmp_path / "out", actor=lan)
    make_paper(services, row, "catalogue", WordsIn(), actor=lan)
    make_paper(services, row, "explanation", WordsIn(), actor=lan)
    said = printed(services, row, "catalogue", tmp_path)
    assert "gồm 01 hồ sơ" in said
    assert "01 hồ sơ: Hồ sơ đang có lệnh tạm dừng xử lý." in printed(
        services, row, "explanation", tmp_path
    )


def test_the_list_of_media_is_made_once_there_are_some(two: TwoArchives, tmp_path: Path) -> None:
    row, services = packed(two, tmp_path, *BOTH), two.giver
    lan = person(services, "lan")
    made = make_paper(services, row, "media", WordsIn(), actor=lan)
    assert made.number == "01/DSPT-LT"
    assert "DANH SÁCH PHƯƠNG TIỆN LƯU TRỮ" in printed(services, row, "media", tmp_path)


def test_what_cannot_be_made_is_told(services: Services) -> None:
    make_permanent(services, *BOTH)
    add_agency_head(services)
    row, lan = composed(services, *BOTH).id, person(services, "lan")
    with pytest.raises(TransferPaperEarlyError):
        make_paper(services, row, "catalogue", WordsIn(), actor=lan)
    with pytest.raises(TransferPaperUnknownError):
        make_paper(services, row, "answer", WordsIn(), actor=lan)
    with pytest.raises(TransferPaperMissingError):
        read_paper(services, row, "catalogue", actor=lan)
    register_acts.approve(services, row, Approval(), actor=person(services, HEAD))
    for words in ({"price": "x"}, {"note": "x" * 5001}):
        with pytest.raises(TransferPaperWordsError):
            make_paper(services, row, "explanation", WordsIn(words=words), actor=lan)
    with pytest.raises(NotAllowedError):
        make_paper(services, row, "catalogue", WordsIn(), actor=person(services, HEAD))


def test_the_command_writes_papers(home: Path, tmp_path: Path) -> None:
    with open_home(home) as services:
        row = answered(services, OPEN_CODE)
    archive, target = Command(home), tmp_path / "thuyet-minh.pdf"
    asked = ("transfer", "paper", row, "--kind", "explanation", "--to", target)
    gone = archive.run(*asked, "--json", account=HEAD)
    assert (gone.code, gone.error["code"]) == (3, "transfer-paper-missing")
    odd = archive.run(*asked, "--words", "price=1", "--json", account="lan")
    assert (odd.code, odd.error["code"]) == (2, "command-usage")
    made = archive.ask(*asked, "--words", f"note={NOTE['note']}", account="lan")
    assert made["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert NOTE["note"] in read(target)
    target.unlink()
    assert archive.run(*asked, account=HEAD).code == 0
    assert target.stat().st_size
    found = archive.ask("transfer", "papers", row, account=HEAD)["papers"]
    assert [entry["kind"] for entry in found if entry["edition"]] == ["explanation"]
    assert "01/TMNL-LT" in archive.run("transfer", "papers", row).stdout
    odd = archive.run("transfer", "minutes", row, "--json", account="lan")
    assert (odd.code, odd.error["code"]) == (2, "command-usage")


def test_other_programs_make_and_read_papers(app: Flask, services: Services) -> None:
    row = answered(services, OPEN_CODE)
    lan, head = program_of(app, services, "lan"), program_of(app, services, HEAD)
    at = f"/transfers/{row}/papers"
    refused = head.post(f"{at}/catalogue", json={})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "act-not-allowed")
    made = lan.post(f"{at}/catalogue", json={}).get_json()
    assert lan.get(at).get_json()["papers"][0] == made
    answer = head.get(f"{at}/catalogue")
    assert (answer.mimetype, hashlib.sha256(answer.data).hexdigest()) == (
        "application/pdf",
        made["sha256"],
    )
    assert "muc-luc-01-" in answer.headers["Content-Disposition"]
    for path, code in (("media", 404), ("answer", 404), (f"x{uuid4()}", 404)):
        assert head.get(f"{at}/{path}").status_code == code
    early = lan.post(f"{at}/media", json={})
    assert (early.status_code, early.get_json()["code"]) == (409, "transfer-paper-early")
    words = lan.post(f"{at}/explanation", json={"words": {"price": "1"}})
    assert (words.status_code, words.get_json()["code"]) == (422, "transfer-paper-words")
    assert json.dumps(words.get_json(), ensure_ascii=False).count("price") >= 1


def test_other_programs_bring_minutes_that_must_be_those_of_the_other_archive(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    row = built(services, tmp_path / "out", OPEN_CODE)
    lan = program_of(app, services, "lan")
    at = f"/transfers/{row}/minutes"
    early = lan.post(f"{at}/signature")
    assert (early.status_code, early.get_json()["code"]) == (409, "transfer-state")
    with services.writing() as session:
        session.get_one(Transfer, row).state = TransferState.SENT
    missing = lan.post(f"{at}/signature")
    assert (missing.status_code, missing.get_json()["code"]) == (404, "transfer-paper-missing")
    given = {"file": (io.BytesIO(b"%PDF-1.7 nothing"), "bien-ban.pdf")}
    unfit = lan.post(f"{at}/signed", data=given)
    assert (unfit.status_code, unfit.get_json()["code"]) == (422, "transfer-minutes-unfit")
    assert "chưa có chữ ký của bên kia" in unfit.get_json()["message"]
