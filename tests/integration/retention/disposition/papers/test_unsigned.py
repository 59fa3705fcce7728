"""A paper that somebody has yet to sign is told before the list closes, and by the certificate."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest

from archive_service import messages
from archive_service.accounts.acts import add_account
from archive_service.app import create_app
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.desk.documents import SigningRequestDocument
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import SignerKind, Subject
from archive_service.worker import work
from retention.disposition import acts as disposition_acts
from retention.disposition.execution import DispositionUnsignedError, execute
from retention.disposition.given import ListShown
from retention.disposition.papers.given import SignatureIn
from retention.disposition.papers.reading import (
    DispositionSignerError,
    ask_signature,
    certificate_of,
    papers_of,
    read_paper,
)
from tests.worlds.archive import OPERATOR, UNSIGNED, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.retention.destroyed import approved, open_due
from tests.worlds.retention.dispositions import HEAD

BOTH = (OPEN_CODE, RESTRICTED_CODE)
CHAIR = "Trần Văn Bình"  # has no account


@pytest.fixture
def due(held_home: Path, tmp_path: Path) -> Iterator[tuple[Services, str]]:
    with open_due(held_home, tmp_path / "home", *BOTH) as opened:
        yield opened


def lacking(services: Services, row: UUID) -> dict[str, list[tuple[str | None, bool]]]:
    """Form → account and whether they are asked, of those who have yet to sign."""
    told = disposition_acts.show(services, row, actor=OPERATOR).unsigned
    return {
        unsigned_paper.form: [
            (who.account, who.asked_at is not None) for who in unsigned_paper.lacks
        ]
        for unsigned_paper in told
    }


def ask(services: Services, row: UUID, form: str, account: str) -> SigningRequestDocument:
    lan = person(services, "lan")
    return ask_signature(
        services, row, form, SignatureIn(account=account, with_seal=False), actor=lan
    )


def sign(
    services: Services,
    row: UUID,
    form: str,
    account: str,
    folder: Path,
    *,
    name: str = "",
    by: str = "",
) -> None:
    """Ask for a signature, and give it with a key of the person's own.

    ``name`` is another person's, whose certificate is used; ``by`` is whoever brings it back.
    """
    asked, actor = ask(services, row, form, account), person(services, by or account)
    signed = folder / f"{form}.pdf"
    _, data = desk_acts.send_out(services, asked.id, actor=actor)
    signed.write_bytes(data)
    name = name or asked.signer
    subject = Subject(name, "Sở Công trình", SignerKind.PERSON, f"CCCD:{account}")
    services.authority.issue_key(subject, folder / f"{asked.id}.p12")
    key = open_pkcs12(f"pkcs12:{asked.id}.p12", home=folder)
    key.sign_pdf(signed, signed, field=f"Ky{asked.id}", reason="Ký")
    told = desk_acts.take_return(services, asked.id, signed, actor=actor)
    assert told.accepted, told.findings


def test_what_is_not_signed_is_told_at_each_step_with_who_and_since_when(
    due: tuple[Services, str], tmp_path: Path
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    work(services, until_empty=True)
    assert lacking(services, row) == {
        "council-decision": [(None, False)],
        "minutes": [("lan", False), (None, False)],
        "decision": [(HEAD, False)],
    }
    ask(services, row, "decision", HEAD)
    ask(services, row, "council-decision", HEAD)
    sign(services, row, "minutes", "lan", tmp_path)
    told = lacking(services, row)
    assert told == {
        "council-decision": [(HEAD, True)],
        "minutes": [(None, False)],
        "decision": [(HEAD, True)],
    }
    page = browser_of(create_app(services), services, "lan").get(f"/dispositions/{row}").text
    warned = page.partition('id="unsigned"')[2]
    assert f"Biên bản họp Hội đồng số 01/BBH-HĐ: Chưa ký: {CHAIR}, chưa trình ký" in words_in(
        warned
    )
    asked_page = page.partition('id="execute-dialog"')[2].partition("</dialog>")[0]
    assert "Văn bản chưa đủ chữ ký" in asked_page
    for place in (words_in(warned), words_in(asked_page)):
        assert f"không chờ các chữ ký này, theo cấu hình của lưu trữ: {UNSIGNED}." in place
    assert messages.text("labels.disposition-need.signed-decision") not in words_in(page)
    program = program_of(create_app(services), services, "lan")
    documents = program.get(f"/dispositions/{row}").get_json()["unsigned"]
    assert [document["form"] for document in documents] == list(told)
    papers = program.get(f"/dispositions/{row}/papers").get_json()["papers"]
    assert [paper["form"] for paper in papers if paper["lacks"]] == list(told)
    said = Command(services.settings.home).run("disposition", "execute", row, account="lan")
    assert said.code == 0
    words = said.stderr + said.stdout
    assert f"Chưa ký đủ: Biên bản họp Hội đồng số 01/BBH-HĐ: {CHAIR} (chưa trình ký)" in words
    assert f"không chờ các chữ ký này, theo cấu hình của lưu trữ: {UNSIGNED}" in words


def waiting_for_signatures(services: Services) -> Services:
    """The same archive without a reason not to wait, as every archive is by default."""
    bounds = services.settings.destruction.model_copy(update={"unsigned": ""})
    settings = services.settings.model_copy(update={"destruction": bounds})
    return replace(services, settings=settings)


def test_nothing_is_destroyed_before_decision_council_and_minutes_are_signed(
    due: tuple[Services, str], tmp_path: Path
) -> None:
    lax, secret = due
    services = waiting_for_signatures(lax)
    lan, row = person(services, "lan"), approved(services, secret, *BOTH)
    work(services, until_empty=True)
    with pytest.raises(DispositionUnsignedError) as refused:
        execute(services, row, ListShown(), actor=lan)
    assert refused.value.facts["papers"] == ["council-decision", "minutes", "decision"]
    assert CHAIR in str(refused.value.facts["by"])
    page = words_in(
        browser_of(create_app(services), services, "lan").get(f"/dispositions/{row}").text
    )
    assert "không chờ các chữ ký này" not in page
    assert messages.text("labels.disposition-need.signed-decision") in page
    answer = program_of(create_app(services), services, "lan").post(f"/dispositions/{row}/execute")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "disposition-unsigned")
    remedy = answer.get_json()["remedy"]
    assert f"Chưa có tài khoản để ký: {CHAIR};" in remedy
    assert re.search(rf"do thủ trưởng ký: [^.]*\({HEAD}\)\.", remedy)

    with services.unit_of_work() as uow:
        chair = add_account("chutich", role=Role.ARCHIVIST, actor=OPERATOR, uow=uow)
        chair.display_name = CHAIR
        uow.commit()
    sign(services, row, "council-decision", HEAD, tmp_path)
    sign(services, row, "minutes", "lan", tmp_path)
    sign(services, row, "minutes", "chutich", tmp_path)
    with pytest.raises(DispositionUnsignedError) as refused:
        execute(services, row, ListShown(), actor=lan)
    assert refused.value.facts["papers"] == ["decision"]
    shown = disposition_acts.show(services, row, actor=lan)
    assert (shown.state, shown.next[0].needs) == ("approved", ["signed-decision"])
    sign(services, row, "decision", HEAD, tmp_path)
    assert execute(services, row, ListShown(), actor=lan).state == "executing"
    work(services, until_empty=True)
    told = certificate_of(services, row, actor=lan)["certificate"]
    assert "executed_unsigned" not in told


def test_one_person_does_not_sign_for_all_who_have_to(
    due: tuple[Services, str], tmp_path: Path
) -> None:
    """Whoever asked may bring a paper back: their own trusted key is no way round."""
    services = waiting_for_signatures(due[0])
    lan, row = person(services, "lan"), approved(services, due[1], *BOTH)
    work(services, until_empty=True)
    for form in ("council-decision", "decision"):
        with pytest.raises(DispositionSignerError) as refused:
            ask(services, row, form, "lan")
        assert f"({HEAD})" in str(refused.value.facts["heads"]), "the way out: who may"
        sign(services, row, form, HEAD, tmp_path, name="Lê Thị Lan", by="lan")
    assert lacking(services, row) == {
        "council-decision": [(None, False)],
        "minutes": [("lan", False), (None, False)],
        "decision": [(HEAD, False)],
    }
    with pytest.raises(DispositionUnsignedError):
        execute(services, row, ListShown(), actor=lan)
    sign(services, row, "decision", HEAD, tmp_path)
    assert "decision" not in lacking(services, row), (
        "asked anew, and signed by the one it waits for"
    )


def test_a_setting_lets_it_go_on_and_the_certificate_tells_its_reason(
    due: tuple[Services, str],
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    work(services, until_empty=True)
    execute(services, row, ListShown(), actor=person(services, "lan"))
    work(services, until_empty=True)
    told = certificate_of(services, row, actor=OPERATOR)["certificate"]["executed_unsigned"]
    assert told == {
        "unsigned": ["council-decision", "minutes", "decision"],
        "reason": UNSIGNED,
    }
    assert f"Lý do không chờ chữ ký, theo cấu hình của lưu trữ: {UNSIGNED}." in printed(
        services, row
    )


def words_in(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def printed(services: Services, row: UUID) -> str:
    _, data = read_paper(services, row, "certificate", actor=OPERATOR)
    with pypdfium2.PdfDocument(data) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(unicodedata.normalize("NFC", " ".join(pages)).split())


def test_the_certificate_names_unsigned_papers_and_is_made_anew_when_one_is_signed(
    due: tuple[Services, str], tmp_path: Path
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    lan = person(services, "lan")
    execute(services, row, ListShown(), actor=lan)
    work(services, until_empty=True)
    first = certificate_of(services, row, actor=lan)
    forms = ["council-decision", "minutes", "decision", "handing-over", "destruction"]
    assert [entry["form"] for entry in first["certificate"]["unsigned"]] == forms
    text = printed(services, row)
    assert f"Biên bản họp Hội đồng Chưa ký: Lê Thị Lan, {CHAIR}" in text
    assert "05 văn bản trên chưa đủ chữ ký khi lập giấy này" in text
    sign(services, row, "handing-over", "lan", tmp_path)
    work(services, until_empty=True)
    again = certificate_of(services, row, actor=lan)
    assert again["certificate"]["replaces"] == first["certificate"]["number"]
    left = [entry["form"] for entry in again["certificate"]["unsigned"]]
    assert left == [form for form in forms if form != "handing-over"]
    assert "04 văn bản trên chưa đủ chữ ký" in printed(services, row)
    (minutes,) = [
        paper for paper in papers_of(services, row, actor=lan) if paper["form"] == "handing-over"
    ]
    assert minutes["lacks"] == []


def test_who_is_expected_to_sign_a_paper_is_chosen_beforehand(
    due: tuple[Services, str], tmp_path: Path
) -> None:
    services, secret = due
    row = approved(services, secret, *BOTH)
    work(services, until_empty=True)
    lan = browser_of(create_app(services), services, "lan")

    def chosen() -> dict[str, str]:
        page = lan.get(f"/dispositions/{row}").text
        forms = re.findall(r'id="signer-([a-z-]+)"(.*?)</select>', page, re.DOTALL)
        return {form: "".join(re.findall(r'value="(\w+)" selected', all_)) for form, all_ in forms}

    before = chosen()
    assert (before["decision"], before["minutes"]) == (HEAD, "lan"), "each paper has its own signer"
    sign(services, row, "minutes", "lan", tmp_path)
    assert chosen()["decision"] == HEAD
    assert lacking(services, row)["minutes"] == [(None, False)], "the chair has no account"
    assert chosen()["minutes"] == ""
