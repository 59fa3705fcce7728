"""What a case file lacks by its rules, and which files of rules are refused."""

from pathlib import Path
from typing import Any

import pytest

from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.law import RuleSetError
from ingest.completeness.completeness import Filing, Item, SeenSignature, State, evaluate
from ingest.completeness.rules import FOLDER, Basis, load_set, load_sets
from tests.worlds.door import (
    Door,
    case_row,
    codes,
    document_row,
    finding,
    write_pdf,
    write_sheet,
)

PROCEDURE = "1.999999"
HEAD = """
[rule_set]
code = "own"
title = "Của cơ quan"
instrument = "Quy chế văn thư"
article = "Điều 9"
valid_from = 2020-01-01
certainty = "own"
[applies]
basis = "own"
"""
RULE = """
[[rule]]
code = "plan"
kind = "document"
title = "Kế hoạch"
todo = "Thêm kế hoạch."
level = "required"
types = ["10"]
min = 1
"""
PERSON, AGENCY = SeenSignature("person", sound=True), SeenSignature("agency", sound=True)


def document(row: int, subject: str, **fields: str) -> DeclaredDocument:
    given = {"typeName": "22", "issuedDate": "2025-03-01", "organName": "Sở", "subject": subject}
    return DeclaredDocument(row=row, fields=given | fields, files=[DeclaredFile(path=f"{row}.pdf")])


def filing(
    *documents: DeclaredDocument,
    signed: dict[str, list[SeenSignature]] | None = None,
    **fields: str,
) -> Filing:
    given = {"confidenceLevel": "01"} | fields
    seen = {f"{declared.row}.pdf": [] for declared in documents} if signed is None else signed
    return Filing(DeclaredCaseFile(row=1, fields=given, documents=list(documents)), seen)


def judged(name: str, case: Filing) -> dict[str, Item]:
    return {item.rule.code: item for item in evaluate([load_set(FOLDER / f"{name}.toml")], case)}


def example(*documents: DeclaredDocument, **more: Any) -> dict[str, Item]:
    return judged("procedure_example", filing(*documents, **more))


APPLICATION = document(1, "Đơn đề nghị cấp giấy  phép", issuedDate="2025-03-01")
RECEIPT = document(2, "Giấy tiếp nhận hồ sơ và hẹn trả kết quả", issuedDate="2025-03-01")
LICENCE = document(3, "Giấy phép hoạt động", issuedDate="2025-03-20", standing="original")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_set_of_ours_loads_and_each_of_its_rules_is_cited(path: Path) -> None:
    completeness_set = load_set(path)
    assert all(rule.citation and rule.certainty for rule in completeness_set.rules)
    assert completeness_set.basis is (Basis.EXAMPLE if "example" in path.stem else Basis.LAW)


def test_the_general_set_is_for_all_and_a_procedures_own_beside_it() -> None:
    sets = load_sets()
    assert [completeness_set.meta.code for completeness_set in sets.chosen("", "")] == ["general"]
    assert [completeness_set.meta.code for completeness_set in sets.chosen("", PROCEDURE)] == [
        "general",
        "procedure-example",
    ]
    chosen = sets.chosen("administrative-work", PROCEDURE)
    assert [completeness_set.meta.code for completeness_set in chosen] == [
        "general",
        "administrative-work",
    ]
    assert [completeness_set.meta.code for completeness_set in sets.chosen("", "2.000001")] == [
        "general"
    ]


def test_the_list_fills_up() -> None:
    assert example()["application"].state is State.MISSING
    assert "result-after-application" not in example()
    begun = example(APPLICATION)
    assert begun["application"].state is State.MET
    assert begun["result"].state is State.MISSING
    whole = example(APPLICATION, RECEIPT, LICENCE, signed={"3.pdf": [PERSON, AGENCY]})
    missing = {code for code, item in whole.items() if item.state is not State.MET}
    assert missing == {"control-sheet"}


def test_words_are_whole_words_whatever_their_case_and_marks() -> None:
    assert example(document(1, "GIAY PHEP số 1"))["result"].state is State.MET
    assert example(document(1, "Đơn xin giấy phép"))["result"].state is State.MISSING
    assert example(document(1, "Đơn xinh đẹp"))["application"].state is State.MISSING


def test_one_too_many_is_doubtful_and_named() -> None:
    twice = example(LICENCE, document(4, "Giấy phép thứ hai"))["result"]
    assert (twice.state, twice.rows) == (State.DOUBTFUL, (3, 4))


def test_a_result_before_its_application_is_missing_and_an_undated_one_doubtful() -> None:
    early = document(3, "Giấy phép", issuedDate="2025-02-01")
    item = example(APPLICATION, early)["result-after-application"]
    assert (item.state, item.rows, item.field) == (State.MISSING, (3,), "issuedDate")
    undated = document(3, "Giấy phép", issuedDate="")
    assert example(APPLICATION, undated)["result-after-application"].state is State.DOUBTFUL


@pytest.mark.parametrize(
    ("signed", "state"),
    [
        ({}, State.DOUBTFUL),  # nobody has looked yet
        ({"3.pdf": []}, State.MISSING),
        ({"3.pdf": [PERSON]}, State.MISSING),
        ({"3.pdf": [PERSON, AGENCY]}, State.MET),
        ({"3.pdf": [PERSON, SeenSignature("agency", sound=False)]}, State.DOUBTFUL),
        ({"3.pdf": [PERSON, SeenSignature("unknown", sound=True)]}, State.DOUBTFUL),
    ],
)
def test_both_signatures_are_asked_for(
    signed: dict[str, list[SeenSignature]], state: State
) -> None:
    assert example(LICENCE, signed=signed)["result-signed"].state is state


def test_what_was_paper_needs_no_digital_signature() -> None:
    assert "result-signed" not in example(LICENCE, confidenceLevel="02")


def test_what_must_exist_on_paper_says_so() -> None:
    by_hand = document(1, "Đơn xin gia hạn")
    assert example(by_hand)["application-on-paper"].state is State.MISSING
    scanned = document(1, "Đơn xin gia hạn", confidenceLevel="02")
    assert example(scanned)["application-on-paper"].state is State.MET


def test_documents_of_another_time_are_told_once_the_case_file_tells_its_own() -> None:
    within, other = document(1, "Tờ trình"), document(2, "Báo cáo", issuedDate="2026-01-05")
    rough = document(3, "Công văn", issuedDate="2025")  # the year fits, and more is not told
    undated = document(4, "Biên bản", issuedDate="")
    time: dict[str, Any] = {"startDate": "2025-02-01", "endDate": "2025-12-31"}
    told = judged("general", filing(within, other, rough, undated, **time))["within-period"]
    assert (told.state, told.rows, told.field) == (State.MISSING, (2,), "issuedDate")
    assert judged("general", filing(within, rough, **time))["within-period"].state is State.MET
    for silent in (filing(within, other, startDate="2025-02-01"), filing(undated, **time)):
        assert "within-period" not in judged("general", silent)


def test_at_the_desk_the_dates_check_alone_speaks_of_another_time(
    door: Door, tmp_path: Path
) -> None:
    door.add_plan(2025, "08.QLCT")
    folder = tmp_path / "case"
    folder.mkdir()
    write_pdf(folder / "a.pdf")
    rows = [document_row("a.pdf", issuedDate="05/01/2020")]
    write_sheet(folder / "ho-so.xlsx", [case_row()], rows)
    told = codes(door.checked(folder))
    assert "document-outside-period" in told
    assert not [code for code in told if code.startswith("completeness")]


def test_a_standing_that_nobody_told_is_doubtful_and_a_wrong_one_missing() -> None:
    assert example(LICENCE)["result-standing"].state is State.MET
    untold = document(3, "Giấy phép")
    assert example(untold)["result-standing"].state is State.DOUBTFUL
    copied = document(3, "Giấy phép", standing="copy")
    assert example(copied)["result-standing"].state is State.MISSING


def test_general_rules_ask_for_fields_files_and_order() -> None:
    late = document(1, "Báo cáo", issuedDate="2025-05-01", organName="")
    bare = DeclaredDocument(row=2, fields={"issuedDate": "2025-03-01", "typeName": "22"})
    found = judged("general", filing(late, bare, title="Hồ sơ"))
    assert found["case-file-data"].field == "fileCode"
    assert found["document-data"].rows == (1, 2)
    assert found["document-files"].rows == (2,)
    assert found["time-order"].rows == (2,)
    assert judged("general", filing())["has-documents"].state is State.MISSING


def test_a_photograph_and_a_recording_bear_no_day_of_issue() -> None:
    picture = DeclaredDocument(row=1, kind="picture", fields={"photoTime": "2025-01-01"})
    record = DeclaredDocument(row=1, kind="media", fields={"recordDate": "2025-01-02"})
    assert "time-order" not in judged("general", filing(document(1, "Báo cáo"), picture, record))


def test_an_untyped_document_may_be_the_one_that_is_asked_for() -> None:
    untyped = document(1, "Không rõ", typeName="")
    item = judged("administrative_work", filing(untyped))["opening-document"]
    assert (item.state, item.rows, item.field) == (State.DOUBTFUL, (1,), "typeName")
    assert judged("administrative_work", filing())["opening-document"].state is State.MISSING


def test_a_set_of_the_home_stands_beside_ours_and_a_broken_one_is_named(tmp_path: Path) -> None:
    own = tmp_path / "rule_sets" / "completeness"
    own.mkdir(parents=True)
    (own / "a.toml").write_text(HEAD + RULE, encoding="utf-8")
    (own / "b.toml").write_text("[rule_set]\n", encoding="utf-8")
    sets = load_sets(tmp_path)
    assert sets.by_code["own"].basis is Basis.OWN
    (broken,) = sets.broken
    assert "b.toml" in broken
    (own / "a.toml").write_text((HEAD + RULE).replace("Kế hoạch", "Kế hoạch năm"), "utf-8")
    assert load_sets(tmp_path).by_code["own"].rules[0].title == "Kế hoạch năm"


@pytest.mark.parametrize(
    "content",
    [
        HEAD.replace('certainty = "own"', "") + RULE,
        HEAD.replace('article = "Điều 9"', "") + RULE,
        HEAD.replace('basis = "own"', 'basis = "rumour"') + RULE,
        HEAD.replace('basis = "own"', "") + RULE,  # one of law: each rule names its article
        HEAD + RULE + RULE,
        HEAD + RULE.replace('types = ["10"]', 'types = ["99"]'),
        HEAD + RULE.replace('types = ["10"]', ""),
        HEAD + RULE.replace("min = 1", ""),
        HEAD + RULE.replace('kind = "document"', 'kind = "magic"'),
        HEAD + RULE.replace('level = "required"', 'level = "perhaps"'),
        HEAD + RULE.replace('todo = "Thêm kế hoạch."', ""),
        HEAD + RULE.replace('"document"', '"fields"') + 'fields = ["nonsense"]\n',
        HEAD + RULE.replace('"document"', '"signature"') + 'by = ["ghost"]\n',
        HEAD + RULE.replace('"document"', '"standing"') + 'standings = ["ghost"]\n',
        HEAD + RULE.replace('"document"', '"after"'),
    ],
)
def test_a_set_without_its_sources_or_sense_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RuleSetError):
        load_set(path)


def test_the_very_same_rules_run_at_the_desk(door: Door, tmp_path: Path) -> None:
    door.add_plan(2025, "08.QLCT")
    folder = tmp_path / "case"
    folder.mkdir()
    write_pdf(folder / "a.pdf")
    row = document_row("a.pdf", subject="Đơn đề nghị cấp giấy phép")
    write_sheet(folder / "ho-so.xlsx", [case_row(procedureCode=PROCEDURE)], [row])
    checked = door.checked(folder)
    missing = [row for row in checked.findings if row.code == "completeness-missing"]
    assert {row.facts["rule"]: row.severity for row in missing} == {
        "procedure-example/receipt-note": Severity.ERROR,
        "procedure-example/control-sheet": Severity.WARNING,
        "procedure-example/result": Severity.ERROR,
    }


def test_a_case_file_that_lacks_nothing_gets_no_finding_of_completeness(
    door: Door, tmp_path: Path
) -> None:
    door.add_plan(2025, "08.QLCT")
    folder = tmp_path / "case"
    folder.mkdir()
    write_pdf(folder / "a.pdf")
    write_sheet(folder / "ho-so.xlsx", [case_row()], [document_row("a.pdf")])
    assert not [code for code in codes(door.checked(folder)) if code.startswith("completeness")]


def test_what_a_person_has_to_look_at_is_told_as_doubtful(door: Door, tmp_path: Path) -> None:
    door.add_plan(2025, "08.QLCT")
    folder = tmp_path / "case"
    folder.mkdir()
    write_pdf(folder / "a.pdf")
    write_pdf(folder / "b.pdf", pages=2)
    rows = [document_row("a.pdf"), document_row("b.pdf", issuedDate="")]
    write_sheet(folder / "ho-so.xlsx", [case_row()], rows)
    doubtful = finding(door.checked(folder), "completeness-doubtful")
    assert (doubtful.severity, doubtful.facts["rule"]) == (Severity.INFO, "general/time-order")
    assert "ngày ban hành của tài liệu còn thiếu" in doubtful.facts["todo"]
    assert doubtful.place == "Văn bản, dòng 3, issuedDate"


def test_documents_out_of_time_order_are_told_once(door: Door, tmp_path: Path) -> None:
    door.add_plan(2025, "08.QLCT")
    folder = tmp_path / "case"
    folder.mkdir()
    write_pdf(folder / "a.pdf")
    write_pdf(folder / "b.pdf", pages=2)
    rows = [
        document_row("a.pdf", issuedDate="01/05/2025"),
        document_row("b.pdf", issuedDate="01/04/2025"),
    ]
    write_sheet(folder / "ho-so.xlsx", [case_row()], rows)
    submission = door.checked(folder)
    assert finding(submission, "documents-out-of-time").severity is Severity.INFO
    assert not [row for row in submission.findings if row.facts.get("rule") == "general/time-order"]
