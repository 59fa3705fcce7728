"""Rules load only with their citation; codes and fields are found however they are written."""

import datetime as dt
from pathlib import Path

import pytest

from archive_service import law
from archive_service.law import RuleSetError, UnknownCodeError

HEAD = """
[rule_set]
code = "x"
title = "Thử"
instrument = "TT 05/2025/TT-BNV"
article = "Điều 1"
valid_from = 2025-07-01
"""
SHEETS = ["case-file", "document", "picture", "media"]
KINDS = [
    *SHEETS,
    *(f"{form}-{kind}" for form in ("sip", "aip") for kind in (*SHEETS, "package")),
    "dip-request",
    "dip-document",
]


def write(folder: Path, content: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_rule_set_says_where_it_comes_from_and_when_it_holds(tmp_path: Path) -> None:
    rules = law.load_rule_set(write(tmp_path, HEAD + "valid_to = 2026-12-31\n[[rule]]\na = 1\n"))
    assert rules.meta.citation == "TT 05/2025/TT-BNV, Điều 1"
    assert rules.citation(rules.rows[0]) == rules.meta.citation
    assert not rules.meta.in_force(dt.date(2025, 6, 30))
    assert rules.meta.in_force(dt.date(2026, 12, 31))
    assert not rules.meta.in_force(dt.date(2027, 1, 1))


@pytest.mark.parametrize("name", ["code", "title", "instrument", "article", "valid_from"])
def test_a_rule_set_without_its_citation_is_refused(tmp_path: Path, name: str) -> None:
    lines = [line for line in HEAD.splitlines() if not line.startswith(name)]
    with pytest.raises(RuleSetError, match=rf"rules\.toml.*{name}"):
        law.load_rule_set(write(tmp_path, "\n".join(lines)))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[rule_set",
        HEAD + 'colour = "red"\n',
        HEAD.replace("2025-07-01", '"soon"'),
        "rule = 3\n" + HEAD,
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(RuleSetError, match=r"rules\.toml"):
        law.load_rule_set(write(tmp_path, content))


def test_a_row_without_its_article_is_refused_by_its_number(tmp_path: Path) -> None:
    content = HEAD + '[[rule]]\narticle = "Mục 1"\n[[rule]]\ncode = "b"\n'
    with pytest.raises(RuleSetError, match="row=2"):
        law.load_rule_set(write(tmp_path, content), each_row_cites=True)


def test_a_row_with_an_empty_article_is_refused_everywhere(tmp_path: Path) -> None:
    with pytest.raises(RuleSetError, match="row=1"):
        law.load_rule_set(write(tmp_path, HEAD + '[[rule]]\narticle = " "\n'))


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("maintenance", "Vĩnh viễn", "01"),
        ("maintenance", "vinh vien", "01"),
        ("maintenance", "5", "05"),
        ("maintenance", " 20  NĂM ", "05"),
        ("typeName", "2", "02"),
        ("typeName", "Quyết định (cá biệt)", "02"),
        ("typeName", "Giấy uỷ quyền", "16"),
        ("typeName", "DA", "13"),
        ("typeName", "ĐA", "12"),
        ("mode", "Public", "01"),
        ("riskRecovery", "không", "0"),
        ("standing", "bản chính", "official"),
        ("urgency", "hoả tốc", "3"),
    ],
)
def test_a_code_is_found_however_it_is_written(name: str, text: str, code: str) -> None:
    assert law.code_list(name).parse(text) == code


@pytest.mark.parametrize("text", ["", "99", "không có", "Vĩnh", "١٢"])
def test_a_value_outside_the_list_is_refused(text: str) -> None:
    with pytest.raises(UnknownCodeError):
        law.code_list("maintenance").parse(text)


def test_several_languages_may_be_given_at_once() -> None:
    assert law.code_list("language").parse_many("01; Tiếng Anh, 1") == ["01", "02"]


def test_every_label_leads_back_to_its_code_in_both_languages_and_without_marks() -> None:
    for codes in law.code_lists().values():
        for code in codes.codes:
            assert codes.find(code) == code
            assert codes.find(codes.label(code)) == code
            assert codes.find(codes.label(code, "en").upper()) == code


@pytest.mark.parametrize("kind", KINDS)
def test_the_fields_of_a_table_are_well_formed(kind: str) -> None:
    fields = law.fields(kind)
    names = [field.name for field in fields]
    assert len(set(names)) == len(names)
    for field in fields:
        assert field.label_vi
        assert field.label_en
        assert field.source
        assert field.type in ("String", "Number", "Date", "DateTime", "Boolean")
        if field.code_list:
            assert law.code_list(field.code_list).codes
        if field.required_when:
            assert field.required_when.partition("=")[0] in names


@pytest.mark.parametrize("kind", SHEETS)
def test_a_heading_in_either_language_means_one_field(kind: str) -> None:
    for field in law.fields(kind):
        assert law.find_field(kind, field.name) == field
        assert law.find_field(kind, field.label_vi.upper() + " (*)") == field


def test_a_heading_that_means_nothing_means_nothing() -> None:
    assert law.find_field("document", "Màu mực") is None


def test_a_field_is_required_by_the_value_of_another() -> None:
    paper = law.find_field("case-file", "paperFileCode")
    term = law.find_field("case-file", "Thời hạn cụ thể")
    assert paper is not None
    assert term is not None
    assert paper.required_for({"confidenceLevel": "02"})
    assert not paper.required_for({"confidenceLevel": "01"})
    assert term.required_for({"maintenance": "07"})
    assert not term.required_for({})


def test_what_can_be_counted_may_be_left_empty() -> None:
    total = law.find_field("case-file", "totalDoc")
    assert total is not None
    assert total.mandatory
    assert not total.required_for({})


def test_every_rule_set_cites_an_instrument_of_the_register_that_is_in_force() -> None:
    register = law.instruments()
    cited = {law.load_rule_set(path).meta for path in rule_files()}
    assert cited
    assert {meta.instrument for meta in cited} <= set(register)
    for meta in cited:
        if meta.valid_to is None:
            assert register[meta.instrument].in_force, meta.code


def rule_files() -> list[Path]:
    return [
        path
        for folder in ("rule_sets", "standards", "code_lists", "retention_schedules", "calendars")
        for path in sorted((law.CONFIG / folder).glob("*.toml"))
        if path.name != "instruments.toml"
    ]
