"""Own fields in drafts, lists of several agencies and commands; and what is found by them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from archive_service.catalogue.own_fields import acts as own_fields_acts
from archive_service.catalogue.own_fields.given import OwnFieldChange
from archive_service.domain.intake.delivery import Delivery
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.job import Job
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from ingest.channels.web_form import FormFieldUnknownError
from ingest.deliveries import acts as deliveries_acts
from ingest.drafts import acts as drafts_acts
from ingest.drafts.drafts import DraftStaleError
from ingest.drafts.hand_in import DraftIncompleteError
from ingest.submissions.acts import accept, give_back, submit
from ingest.submissions.given import Return
from search.acts import find
from tests.integration.archive_service.catalogue.own_fields.defined import (
    AGENCY,
    define,
    describe,
    row,
)
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, do_all
from tests.worlds.command import Command
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.papers.bad_input import small_case


def test_a_draft_asks_for_them_and_counts_what_is_required(app: Flask, services: Services) -> None:
    define(services, "duAn", "Dự án", required=True)
    define(services, "loai", "Loại công trình", "choice", choices=["Cầu", "Đường"])
    define(services, "soTo", "Số tờ", "number", subject="document", required=True)
    bach = person(services, "bach")
    draft_id = drafts_acts.open_empty(services, actor=bach)
    row = drafts_acts.add_paper(services, draft_id, actor=bach)

    def put(row: int, name: str, value: str, was: str = "") -> None:
        drafts_acts.put_field(services, draft_id, row, name, value, was=was, actor=bach)

    def lacking() -> list[str]:
        return [
            item.rule.title for item in drafts_acts.show(services, draft_id, actor=bach).lacking
        ]

    client = browser_of(app, services, "bach")
    page = client.get(f"/drafts/{draft_id}?document={row}").text
    for wanted in ("Dự án", 'id="f-0-own-duAn"', '<option value="Cầu"', f'id="f-{row}-own-soTo"'):
        assert wanted in page
    asked = [one for one in lacking() if "(trường riêng)" in one]
    assert asked == ["Dự án (trường riêng)", "Số tờ (trường riêng)"]
    put(0, "own:duAn", "Hồ chứa")
    put(0, "own:loai", "cầu")
    put(row, "own:soTo", "ba")
    shown = drafts_acts.show(services, draft_id, actor=bach)
    assert (shown.declared.fields["own:duAn"], shown.declared.fields["own:loai"]) == (
        "Hồ chứa", "Cầu",
    )  # fmt: skip
    assert "own-field-number" in [finding.code for finding in shown.findings]
    put(row, "own:soTo", "3,5", was="ba")
    shown = drafts_acts.show(services, draft_id, actor=bach)
    assert shown.declared.documents[0].fields["own:soTo"] == "3.5"
    assert not [one for one in lacking() if "(trường riêng)" in one]
    for row_, name in ((0, "own:soTo"), (row, "own:duAn"), (0, "own:none")):
        with pytest.raises(FormFieldUnknownError):
            put(row_, name, "x")
    with pytest.raises(DraftStaleError):
        put(0, "own:duAn", "Khác", was="Cũ")


def test_a_case_file_handed_in_as_a_draft_keeps_them(services: Services, tmp_path: Path) -> None:
    define(services, "duAn", "Dự án", required=True)
    bach = person(services, "bach")
    (returned,) = submit(
        small_case(tmp_path / "in", code="H40.18.2025.09.QLCT"), actor=bach, services=services
    )
    do_all(services)
    give_back(services, returned, Return(reason="Thiếu dự án"), actor=person(services, "lan"))
    draft_id = drafts_acts.mend(services, returned, actor=bach)
    do_all(services)
    with pytest.raises(DraftIncompleteError):
        drafts_acts.send(services, draft_id, actor=bach)
    drafts_acts.put_field(services, draft_id, 0, "own:duAn", "Hồ chứa", was="", actor=bach)
    sent = drafts_acts.send(services, draft_id, actor=bach)
    do_all(services)
    accept(services, sent, actor=person(services, "lan"))
    assert row(services, "H40.18.2025.09.QLCT").own_fields == {"duAn": "Hồ chứa"}


def test_a_list_of_several_agencies_has_each_ones_own_fields(
    services: Services, tmp_path: Path
) -> None:
    define(services, "duAn", "Dự án")
    codes = ["H40.18.2025.41.QLCT", f"{OTHER_AGENCY}.2025.41.QLCT"]
    folder = tmp_path / "list"
    folder.mkdir()
    for number, _ in enumerate(codes, start=1):
        write_pdf(folder / f"{number}.pdf", words=f"Văn bản {number}")
    write_sheet(
        folder / "list.xlsx",
        [case_row(code) for code in codes],
        [document_row(f"{number}.pdf", code) for number, code in enumerate(codes, start=1)],
    )
    book = load_workbook(folder / "list.xlsx")
    page = book["Hồ sơ"]
    column = page.max_column + 1
    page.cell(1, column, "Dự án")
    page.cell(page.max_row - 1, column, "Hồ chứa")
    page.cell(page.max_row, column, "Đập")
    book.save(folder / "list.xlsx")
    lan = replace(person(services, "lan"), agency_id=None)
    deliveries_acts.deliver(folder / "list.xlsx", actor=lan, services=services)
    do_all(services)
    with services.read_only() as session:
        kept = {submission.code: submission for submission in session.scalars(select(Submission))}
        facts = {
            code: [
                finding.place for finding in kept[code].findings if finding.code == "column-unknown"
            ]
            for code in codes
        }
        (delivery,) = session.scalars(select(Delivery))
    assert [finding["code"] for finding in delivery.findings] == []
    assert kept[codes[0]].case_file().fields["own:duAn"] == "Hồ chứa"
    assert "own:Dự án" not in kept[codes[1]].case_file().fields
    assert facts[codes[0]] == []
    assert len(facts[codes[1]]) == 1


def found_by(services: Services, words: str) -> bool:
    """By all of the words, as they were typed."""
    found = find(services, words, actor=person(services, "lan"))
    return found.told is None and OPEN_CODE in [hit.code for hit in found.hits]


@pytest.mark.parametrize("subject", ["case-file", "document"])
def test_what_is_searched_no_more_is_not_found_and_found_again(
    services: Services, subject: str
) -> None:
    field = define(services, "duAn", "Dự án", subject=subject)
    ordinal = 0 if subject == "case-file" else 1
    describe(services, {ordinal: {"own:duAn": "Nậm Pông"}})
    do_all(services)
    lan = person(services, "lan")
    assert found_by(services, "Nậm Pông")
    own_fields_acts.change(services, field, OwnFieldChange(label="Tên dự án"), actor=lan)
    with services.read_only() as session:
        assert not session.scalars(select(Job).where(Job.name == own_fields_acts.REINDEX_JOB)).all()
    own_fields_acts.change(services, field, OwnFieldChange(searchable=False), actor=lan)
    do_all(services)
    assert not found_by(services, "Nậm Pông")
    assert row(services).version_indexed == row(services).version_stored
    own_fields_acts.change(services, field, OwnFieldChange(searchable=True), actor=lan)
    do_all(services)
    assert found_by(services, "Nậm Pông")


def test_an_index_filled_in_bulk_finds_their_values(services: Services) -> None:
    define(services, "duAn", "Dự án")
    define(services, "kin", "Kín", searchable=False)
    describe(services, {0: {"own:duAn": "Nậm Pông", "own:kin": "Tam Đảo"}})
    do_all(services)
    rebuild(services, actor=OPERATOR)
    do_all(services)
    assert found_by(services, "Nậm Pông")
    assert not found_by(services, "Tam Đảo")


def test_a_command_does_the_same(services: Services) -> None:
    def ask(*words: str) -> tuple[int, str]:
        answer = Command(services.settings.home).run("own-field", *words, account="lan")
        return answer.code, answer.stdout

    given = ("--agency", AGENCY, "--label", "Loại công trình", "--kind", "choice")
    assert ask("define", "loai", *given)[0] == 2
    code, said = ask(
        "define", "loai", *given, "--choice", "Cầu", "--choice", "Đường", "--required", "--json"
    )
    field = json.loads(said)
    assert (code, field["choices"], field["required"], field["searchable"]) == (
        0, ["Cầu", "Đường"], True, True,
    )  # fmt: skip
    assert ask("define", "loai", *given, "--choice", "Cầu")[0] == 4
    code, said = ask("change", field["id"], "--not-searched", "--label", "Loại", "--json")
    changed = json.loads(said)
    assert (changed["label"], changed["searchable"], changed["choices"]) == (
        "Loại", False, ["Cầu", "Đường"],
    )  # fmt: skip
    assert ask("retire", field["id"])[0] == 0
    assert ask("change", field["id"], "--label", "Khác")[0] == 4
    assert ask("restore", field["id"])[0] == 0
    code, said = ask("list")
    assert (code, "Loại" in said, "Cầu" in said) == (0, True, True)
