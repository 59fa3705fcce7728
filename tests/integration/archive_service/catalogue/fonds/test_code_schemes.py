"""Case files of an old fonds come in under codes without a year, as the fonds declares."""

from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.catalogue.arranging.acts import split
from archive_service.catalogue.arranging.given import SplitIn
from archive_service.catalogue.fonds.acts import describe_fonds, open_fonds
from archive_service.catalogue.fonds.given import FondsChange, FondsIn
from archive_service.domain.agencies.code_scheme import CodeSchemeError
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.agencies.record_code import RecordCodeYearError
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from archive_service.worker import run_one
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Command
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet

SCHEME = "{agency}.ML{inventory}.{number}"
CODE = "H40.18.ML02.125"


def open_old_fonds(services: Services, scheme: str = SCHEME) -> None:
    given = FondsIn(
        code="P-TTL", agency="H40.18", name="Phông Ty Thủy lợi", fields={"code_scheme": scheme}
    )
    open_fonds(services, given, actor=person(services, "lan"))


def sent(services: Services, folder: Path, code: str) -> UUID:
    folder.mkdir()
    write_pdf(folder / "a.pdf", words=code)
    row = case_row(code, startDate="02/01/1971", endDate="30/12/1974")
    document = document_row("a.pdf", code, issuedDate="05/06/1972", codeNumber="12")
    write_sheet(folder / "Hồ sơ.xlsx", [row], [document])
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    while run_one(services, subject_id=submission, names=("check-submission",)) == "done":
        pass
    return submission


def findings(services: Services, submission: UUID) -> dict[str, dict[str, object]]:
    with services.read_only() as session:
        rows = session.get_one(Submission, submission).findings
        return {row.code: row.facts for row in rows if row.check == "codes"}


def test_a_code_that_follows_the_scheme_is_accepted_into_that_fonds(
    services: Services, tmp_path: Path
) -> None:
    before = sent(services, tmp_path / "before", CODE)
    assert "record-code-year" in findings(services, before)
    open_old_fonds(services)
    submission = sent(services, tmp_path / "after", f"{CODE}A")
    assert findings(services, submission).keys() <= {"identifier-out-of-period"}
    accept(services, submission, actor=person(services, "lan"))
    do_all(services)
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == f"{CODE}A")).one()
        fonds = session.get_one(Fonds, row.fonds_id)
        assert (fonds.code, row.year, row.number, row.symbol) == ("P-TTL", 1974, "125A", "02")
        assert (row.state, row.arc_file_code[-len(row.code) :]) == ("stored", row.code)


def test_another_code_is_told_which_scheme_is_declared(services: Services, tmp_path: Path) -> None:
    open_old_fonds(services)
    submission = sent(services, tmp_path / "other", "H40.18.125")
    told = findings(services, submission)
    assert told["code-of-no-scheme"]["schemes"] == "P-TTL: H40.18.ML{inventory}.{number}"


def test_page_program_and_command_declare_it(
    app: Flask, services: Services, home: Path, tmp_path: Path
) -> None:
    open_old_fonds(services, "")
    given = {"fields": {"code_scheme": SCHEME}, "reason": "Mã cũ không có năm."}
    told = program_of(app, services, "lan").ask("PATCH", "/fonds/P-TTL", json=given).get_json()
    assert told["code_scheme"] == SCHEME
    assert SCHEME in browser_of(app, services, "lan").get("/fonds?fonds=P-TTL").text
    parsed = Command(home).ask("code", "parse", CODE)
    assert (parsed["year"], parsed["number"], parsed["fonds"]) == (None, "125", "P-TTL")
    bad = Command(home).run(
        "fonds", "describe", "P-TTL", "--set", "code_scheme={number}", "--reason", "x", "--json",
        account="lan",
    )  # fmt: skip
    assert (bad.code, bad.error["code"]) == (2, "code-scheme")
    change = FondsChange(fields={"code_scheme": "ML"}, reason="x")
    with pytest.raises(CodeSchemeError):
        describe_fonds(services, "P-TTL", change, actor=person(services, "lan"))


def test_a_case_file_of_that_fonds_is_split_under_a_code_without_a_year(
    services: Services, tmp_path: Path
) -> None:
    open_old_fonds(services)
    folder = tmp_path / "two"
    folder.mkdir()
    for name in ("a.pdf", "b.pdf"):
        write_pdf(folder / name, words=name)
    row = case_row(CODE, startDate="02/01/1971", endDate="30/12/1974")
    day = {"issuedDate": "05/06/1972"}
    documents = [
        document_row("a.pdf", CODE, codeNumber="12", **day),
        document_row("b.pdf", CODE, codeNumber="13", **day),
    ]
    write_sheet(folder / "Hồ sơ.xlsx", [row], documents)
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    do_all(services)
    lan = person(services, "lan")
    accept(services, submission, actor=lan)
    do_all(services)
    with pytest.raises(RecordCodeYearError):
        split(
            services,
            CODE,
            SplitIn(documents=[2], code="H40.18.126", title="x", reason="x"),
            actor=lan,
        )
    part = split(
        services,
        CODE,
        SplitIn(documents=[2], code="H40.18.ML02.126", title="Phần hai", reason="Hai việc"),
        actor=lan,
    ).as_json()
    assert part["target"] == "H40.18.ML02.126"
    with services.read_only() as session:
        made = session.scalars(select(CaseFile).where(CaseFile.code == part["target"])).one()
        fonds = session.get_one(Fonds, made.fonds_id)
        assert (fonds.code, made.year, made.number, made.symbol) == ("P-TTL", 1974, "126", "02")
