"""Texts are found by key, filled with facts, and never break a page."""

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from archive_service import messages
from archive_service.domain.digitization.scan_batch import BatchState
from archive_service.messages import MessagesInvalidError


def test_a_role_has_its_word_in_both_languages() -> None:
    assert messages.text("labels.roles.officer") == "Người lập hồ sơ"
    assert messages.label("roles", "officer", "en") == "Officer"


def test_a_key_that_no_file_has_is_shown_as_itself() -> None:
    assert messages.text("labels.roles.nobody") == "labels.roles.nobody"


def test_an_error_says_what_happened_and_what_to_do() -> None:
    told = messages.error("messages-invalid", "vi", {"file": "vi.toml", "detail": "x"})
    assert "vi.toml" in told.message
    assert told.remedy


def test_a_code_without_words_is_shown_as_itself() -> None:
    assert messages.error("unheard-of") == messages.Message("unheard-of", "")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_finding_of_an_earlier_release_is_told_in_a_sentence(lang: str) -> None:
    told = messages.finding("page-transparent", lang, {"place": "a.jpg"})
    assert "“page-transparent”" in told.message
    assert told.message.endswith(".")
    assert told.remedy


def test_a_fact_that_is_missing_stays_as_its_name() -> None:
    assert "{detail}" in messages.error("messages-invalid", "vi", {"file": "vi.toml"}).message


def test_a_stretch_is_said_only_of_a_fact_that_is_given_and_not_none() -> None:
    for facts, added in (({"added_count": 2, "added": ["a", "b"]}, True), ({}, False)):
        told = {"added_count": 0, "fields_count": 0, "reordered": False} | facts
        said = messages.finding("changed-since-returned", "vi", told).message
        assert ("Thêm 2 tài liệu: a, b." in said) is added
        assert not {"[", "]", "{", "}"} & set(said)


@pytest.mark.parametrize(("lang", "empty"), [("vi", "còn trống"), ("en", "is empty")])
def test_words_that_lack_and_words_that_are_too_many_are_two_faults(lang: str, empty: str) -> None:
    parted = [key for key, text in messages.load(lang).items() if "[[!given:" in text]
    assert len(parted) >= 11
    for code in (key.split(".")[1] for key in parted):
        facts = {"longest": 17, "length": 17, "limit": 17, "most": 17, "field": "reason"}
        none = messages.error(code, lang, facts | {"given": 0}).message
        many = messages.error(code, lang, facts | {"given": 23}).message
        assert (empty in none, "17" in none) == (True, False)
        assert (empty in many, "17" in many, "23" in many) == (False, True, True)


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_no_refusal_names_the_id_of_a_row_or_a_digest_to_somebody_at_a_page(lang: str) -> None:
    facts = {"id": str(UUID(int=7)), "sha256": "ab" * 32}
    codes = {key.split(".")[1] for key in messages.load(lang) if key.startswith("errors.")}
    on_page = [messages.error(code, lang, facts, web=True) for code in codes]
    told = [one for one in on_page for fact in facts.values() if fact in str(one)]
    assert told == []
    terminal = messages.error("submission-not-found", lang, facts)
    assert facts["id"] in terminal.message  # who typed it there reads it again


BLANKS: tuple[object, ...] = ("\u200b ", [])
HOLE = re.compile(r"“\s*”|\(\s*\)|[^-\s]\s[.,;)](?=\s|$)|  |:\s*[.,;]|[:,]\s*$")


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_what_was_left_blank_leaves_no_hole_in_a_sentence(lang: str) -> None:
    texts = messages.load(lang)
    holed = []
    for family, say in (("errors", messages.error), ("findings", messages.finding)):
        for code in {key.split(".")[1] for key in texts if key.startswith(f"{family}.")}:
            parts = (texts.get(f"{family}.{code}.{part}", "") for part in ("message", "remedy"))
            facts = re.findall(r"\{(\w+)", " ".join(parts))
            for blank in BLANKS:
                told = say(code, lang, dict.fromkeys(facts, blank), web=True)
                holed += [part for part in (told.message, told.remedy) if HOLE.search(part)]
    assert holed == []


@pytest.mark.parametrize("blank", ["", "  ", "\u200b", None, []], ids=repr)
def test_nothing_is_quoted_of_what_was_left_blank(blank: object) -> None:
    assert messages.error("paper-box-not-found", "vi", {"code": blank}).message == (
        "Không có hộp (trống)."
    )
    assert "(blank)" in messages.error("agency-not-found", "en", {"code": blank}).message
    year = messages.error("file-plan-year", "vi", {"year": blank}).message
    assert year == "Mục bỏ trống không phải là năm của một danh mục hồ sơ."
    whole = messages.error("agency-not-found", "vi", {"code": "..."}).message
    assert "(trống)" not in whole


@pytest.mark.parametrize(
    ("reason", "end"), [("Đồng ý.", "Đồng ý."), ("Đồng ý", "Đồng ý."), ("v.v...", "v.v....")]
)
def test_a_sentence_that_ends_by_itself_gets_no_second_full_stop(reason: str, end: str) -> None:
    facts = {"target": "VB-1", "code": "H40", "reason": reason}
    told = messages.text("notices.recall-granted.sentence", "vi", **facts)
    assert told.endswith(f": {end}")


def test_a_fact_cannot_reach_into_the_program() -> None:
    told = messages.error("messages-invalid", "vi", {"file": "{detail}", "detail": "{0.__class__}"})
    assert "{0.__class__}" in told.message


def test_days_and_moments_are_shown_on_a_vietnamese_clock() -> None:
    moment = dt.datetime(2026, 11, 20, 18, 30, tzinfo=dt.UTC)
    shown = messages.error("messages-invalid", "vi", {"file": moment, "detail": moment.date()})
    assert "21/11/2026 01:30" in shown.message
    assert "20/11/2026" in shown.message


def test_a_month_is_written_as_a_day_is() -> None:
    told = [
        messages.shown(fact) for fact in ("2025-02", "2025-02-03", "2025", "2025-13", "QĐ 2025-02")
    ]
    assert told == ["02/2025", "03/02/2025", "2025", "2025-13", "QĐ 2025-02"]


@pytest.mark.parametrize(
    ("fact", "vi", "en"),
    [(2025, "2025", "2025"), (900_000_000, "900.000.000", "900,000,000"), (0.5, "0,5", "0.5")],
)
def test_long_numbers_are_grouped_and_years_are_not(fact: float, vi: str, en: str) -> None:
    assert (messages.shown(fact, "vi"), messages.shown(fact, "en")) == (vi, en)


def test_findings_are_told_in_words_and_only_the_first_ones() -> None:
    facts = {"place": "003.jpg", "value": 72.5, "limit": 200}
    found = [("page-front-blank", facts), *[("page-too-coarse", facts)] * 12]
    told = messages.shown(messages.Findings(tuple(found)))
    assert told.startswith(" (1) Mặt trước 003.jpg trống. (2) 003.jpg: ")
    assert "72,5" in told
    assert told.endswith(" … và 3 việc khác.")
    assert "(10)" in told
    assert "(11)" not in told
    assert messages.shown(messages.Findings(())) == ""


def test_a_state_is_told_by_its_word() -> None:
    facts = {"batch": "2026-0001", "state": BatchState.RELEASED}
    assert "“Đã duyệt”" in messages.error("batch-state", "vi", facts).message
    assert "“another”" in messages.error("batch-state", "vi", {"state": "another"}).message


# What is printed or written into a package is Vietnamese whoever reads the page.
VIETNAMESE_ONLY = (
    "forms.backup.",
    "forms.collection.",
    "forms.incident.",
    "forms.receipt.",
    "forms.review.",
    "forms.seal-minutes.",
    "forms.words.",
    "labels.fonds.",
    "packages.transfer-guide.",
    "packages.version.",
)


def test_both_languages_have_the_same_keys() -> None:
    vietnamese, english = messages.load("vi"), messages.load("en")
    spoken = {key for key in vietnamese if not key.startswith(VIETNAMESE_ONLY)}
    assert spoken == {key for key in english if not key.startswith(VIETNAMESE_ONLY)}


def test_one_error_is_told_without_parsing_all_words() -> None:
    program = (
        "from archive_service import messages as m; print(m.error('case-file-not-found').remedy);"
        "print(m._of.cache_info().currsize)"
    )
    told, parsed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert "lưu trữ" in told
    assert int(parsed) < 4


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_what_the_files_hold_is_what_is_told(lang: str) -> None:
    held = {key: text for key, text in messages.load(lang).items() if key.startswith("errors.d")}
    assert {key: messages.text(key, lang) for key in held} == {
        key: messages._filled(text, {}, lang) for key, text in held.items()
    }


def test_a_group_lists_its_words_in_order() -> None:
    assert list(messages.labels("severities")) == ["error", "warning", "info"]


def write(folder: Path, name: str, content: str) -> None:
    (folder / "vi").mkdir(exist_ok=True)
    (folder / "vi" / name).write_text(content, encoding="utf-8")


def test_a_key_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "core.toml", '[errors.x]\nmessage = "một"')
    write(tmp_path, "area.toml", '[errors.x]\nmessage = "hai"')
    with pytest.raises(MessagesInvalidError, match=r"errors\.x\.message"):
        messages.load("vi", tmp_path)


@pytest.mark.parametrize("content", ["[errors", "[errors.x]\nmessage = 3", '[a]\nb = ["c"]'])
def test_a_file_that_holds_anything_but_texts_is_refused(tmp_path: Path, content: str) -> None:
    write(tmp_path, "core.toml", content)
    with pytest.raises(MessagesInvalidError, match=r"core\.toml"):
        messages.load("vi", tmp_path)


def test_a_place_that_one_of_several_has_its_words_with_its_name() -> None:
    def said(place: str) -> str:
        return messages.error("remains-left", "vi", {"place": place, "count": 2}).message

    assert said("backup-rows").endswith("Dữ liệu trong các bản sao lưu cũ.")
    assert said("database-file").endswith("Tệp và nhật ký của cơ sở dữ liệu.")
    assert said("copy:kho2").endswith("Kho kho2, mọi phiên bản.")
    assert said("nowhere:x").endswith("nowhere:x.")


@pytest.mark.parametrize(
    "code",
    [
        "submission-state",
        "unresolved-findings",
        "signing-request-state",
        "hold-lifted",
        "handover-already",
        "handover-addition",
    ],
)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_page_says_no_id_in_a_sentence(code: str, lang: str) -> None:
    facts = {"id": "495a196a-47eb-4369-ba2a-5448f5ba2300", "state": "received"}
    told = messages.error(code, lang, facts, web=True)
    assert facts["id"] not in told.message + told.remedy
    assert facts["id"] in messages.error(code, lang, facts).message  # a command goes on with it


@pytest.mark.parametrize(
    ("needed", "vi", "en"),
    [
        ("checked", "“Đã kiểm tra”", "“Checked”"),
        (["draft", "checked"], "“Đang soạn” hoặc “Đã kiểm tra”", "“Draft” or “Checked”"),
        (
            ["draft", "received", "checked"],
            "“Đang soạn”, “Đã nhận” hoặc “Đã kiểm tra”",
            "“Draft”, “Received” or “Checked”",
        ),
    ],
)
def test_of_several_states_that_will_do_each_is_quoted(needed: object, vi: str, en: str) -> None:
    facts = {"state": "returned", "needed": needed}
    assert vi in messages.error("submission-state", "vi", facts).message
    assert en in messages.error("submission-state", "en", facts).message


def test_what_a_recall_lacks_is_named_in_words() -> None:
    for field, word in (("reason", "Lý do"), ("successor", "Mã định danh của văn bản mới")):
        told = messages.error("recall-words", "vi", {"field": field, "longest": 1000}).message
        assert told == f"Ô “{word}” còn trống."


def test_no_agency_is_named_by_a_code_that_was_left_blank() -> None:
    told = messages.error("agency-not-found", "vi", {"code": " "}).message
    assert told == "Không có cơ quan nào mang mã định danh (trống)."


def test_a_page_tells_the_beginning_of_what_was_typed_too_long() -> None:
    facts = {"name": "Rất dài " * 3000}
    told = messages.error("account-not-found", "vi", facts, web=True).message
    assert told.startswith("Không có tài khoản Rất dài Rất dài")
    assert told.endswith("… đang hoạt động.")
    assert len(told) < 350
    assert len(messages.error("account-not-found", "vi", facts).message) > 20_000


def test_an_empty_number_is_not_quoted() -> None:
    assert (
        messages.error("not-whole-number", "vi", {"text": ""}).message == "Cần nhập một số nguyên."
    )
