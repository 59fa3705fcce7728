"""The door and the acceptance desk on the command line: what is asked, told, refused and kept."""

import json
import shutil
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

from tests.worlds.command import Command
from tests.worlds.main_job import A_CODE, B_CODE, Held, approve_sample_plan, empty_archive
from tests.worlds.papers import bad_input
from tests.worlds.papers.bad_input import small_case, write_small_sheet, zip_of
from tests.worlds.shelf import objects_of, tree_of

FIELDS = {
    "id", "code", "state", "agency", "documents", "size_bytes", "received_at", "findings", "receipt"
}  # fmt: skip
FINDING = {"check", "code", "severity", "place", "message", "remedy"}


@pytest.fixture
def archive(held: Held, tmp_path: Path) -> Command:
    """A copy of the archive, to submit to."""
    return held.copied(tmp_path / "home").archive


def sent(archive: Command, path: Path, *, account: str = "canbo") -> dict[str, Any]:
    """One submission, checked."""
    answer = archive.run("submit", path, "--wait", "--json", account=account)
    assert answer.code in (0, 1), answer
    (document,) = answer.document["submissions"]
    found: dict[str, Any] = document
    return found


def refused(archive: Command, *line: object, account: str | None = None) -> tuple[int, str]:
    """Exit and error code of a refusal."""
    answer = archive.run(*line, "--json", account=account)
    return answer.code, answer.error["code"]


def test_a_submission_has_the_fields_of_the_contract(held: Held) -> None:
    document = held.archive.ask("submission", "show", held.c)
    assert set(document) >= FIELDS
    assert document["state"] == "checked"
    assert document["receipt"] is None
    assert document["documents"] > 0
    assert document["size_bytes"] > 0
    assert {len(finding) for finding in document["findings"]} == {len(FINDING)}
    assert set(document["findings"][0]) == FINDING


def test_what_is_stored_names_its_receipt(held: Held) -> None:
    document = held.archive.ask("submission", "show", held.a)
    assert document["state"] == "stored"
    assert set(document["receipt"]) >= {"number", "sha256", "issued_at"}
    receipts = {path.name for path in (held.home / "kho1" / "acts" / "receipt").glob("*.pdf")}
    assert len(receipts) == 2


def test_words_for_people_name_fields_as_the_form_does_and_documents_by_their_code(
    held: Held,
) -> None:
    findings = held.archive.ask("submission", "show", held.c)["findings"]
    assert "Văn bản, dòng 5, subject" in {finding["place"] for finding in findings}
    shown = held.archive.run("submission", "show", held.c).stdout
    assert "[Văn bản, dòng 5, Trích yếu nội dung]" in shown
    assert "subject" not in shown


def test_sample_c_is_met_with_every_finding_it_was_made_for(held: Held) -> None:
    findings = held.archive.ask("submission", "show", held.c)["findings"]
    errors = {finding["code"] for finding in findings if finding["severity"] == "error"}
    assert len(errors) >= 5
    assert all(finding["message"] and finding["remedy"] for finding in findings)
    assert all(finding["place"] for finding in findings if finding["severity"] == "error")


def test_findings_speak_the_language_asked_for(held: Held) -> None:
    told = {
        lang: [
            finding["message"]
            for finding in held.archive.ask("submission", "show", held.c, "--lang", lang)[
                "findings"
            ]
        ]
        for lang in ("vi", "en")
    }
    assert len(told["vi"]) == len(told["en"])
    assert all(vi != en for vi, en in zip(told["vi"], told["en"], strict=True))


def test_submitting_without_waiting_ends_at_received(archive: Command, tmp_path: Path) -> None:
    case = small_case(tmp_path / "case")
    answer = archive.run("submit", case, "--json", account="canbo")
    assert answer.code == 0
    (document,) = answer.document["submissions"]
    assert document["state"] == "received"
    assert document["findings"] == []
    assert refused(archive, "submission", "accept", document["id"], account="luutru")[0] == 4
    assert archive.run("work", "--until-empty").code == 0
    assert archive.ask("submission", "show", document["id"])["state"] == "checked"


def test_several_paths_are_several_submissions_in_their_order(
    archive: Command, tmp_path: Path
) -> None:
    path = small_case(tmp_path / "one", code="H40.18.2025.01.TCHC")
    other = zip_of(small_case(tmp_path / "x", code="H40.18.2025.02.TCHC"), tmp_path / "hai.zip")
    answer = archive.run("submit", path, other, "--wait", "--json", account="canbo")
    rows = answer.document["submissions"]
    assert [row["code"] for row in rows] == ["H40.18.2025.01.TCHC", "H40.18.2025.02.TCHC"]
    assert [row["channel"] for row in rows] == ["folder", "zip"]


def test_a_path_that_is_refused_does_not_stop_the_others(archive: Command, tmp_path: Path) -> None:
    good = small_case(tmp_path / "good")
    (tmp_path / "bad").mkdir()
    answer = archive.run("submit", tmp_path / "bad", good, "--json", account="canbo")
    assert answer.code == 2
    assert [row["state"] for row in answer.document["submissions"]] == ["received"]
    (told,) = answer.document["refused"]
    assert told["path"] == str(tmp_path / "bad")
    assert told["message"]
    assert told["remedy"]


def test_each_path_that_is_refused_is_told_with_its_reason(
    archive: Command, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")
    good = small_case(tmp_path / "good")
    as_json = archive.run("submit", empty, broken, good, "--json", account="canbo")
    told = archive.run("submit", empty, broken, good, account="canbo")
    assert (as_json.code, told.code) == (2, 2)
    refused = as_json.document["refused"]
    assert [row["path"] for row in refused] == [str(empty), str(broken)]
    assert refused[0]["code"] != refused[1]["code"]
    for row in refused:
        assert f"{row['path']}:\n{row['message']}\n→ {row['remedy']}" in told.stderr


def test_an_error_makes_waiting_end_with_1(archive: Command, tmp_path: Path) -> None:
    case = bad_input.truncated_pdf(tmp_path / "case")
    answer = archive.run("submit", case, "--wait", "--json", account="canbo")
    assert answer.code == 1
    (document,) = answer.document["submissions"]
    assert document["state"] == "checked"
    assert "error" in {finding["severity"] for finding in document["findings"]}


def test_what_is_no_submission_is_refused_whole(archive: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    before = len(archive.ask("submission", "list")["submissions"])
    code, _ = refused(archive, "submit", tmp_path / "empty", account="canbo")
    assert code == 2
    assert refused(archive, "submit", tmp_path / "absent", account="canbo")[0] == 2
    assert refused(archive, "submit", account="canbo") == (2, "command-usage")
    assert len(archive.ask("submission", "list")["submissions"]) == before


def test_a_state_secret_is_rejected_at_the_door(archive: Command, tmp_path: Path) -> None:
    case = small_case(tmp_path / "case")
    write_small_sheet(case, mode="Mật")
    answer = archive.run("submit", case, "--wait", "--json", account="canbo")
    assert answer.code == 1
    (document,) = answer.document["submissions"]
    assert document["state"] == "rejected"
    assert refused(archive, "submission", "accept", document["id"], account="luutru")[0] == 4


def test_accepting_leads_to_a_stored_case_file_with_its_receipt(
    archive: Command, tmp_path: Path
) -> None:
    document = sent(archive, small_case(tmp_path / "case"))
    accepted = archive.ask("submission", "accept", document["id"], account="luutru")
    assert (accepted["state"], accepted["receipt"]) == ("accepted", None)
    assert archive.ask("case", "show", document["code"])["state"] == "accepted"
    assert archive.run("work", "--until-empty").code == 0
    stored = archive.ask("submission", "show", document["id"])
    assert stored["state"] == "stored"
    assert stored["receipt"]["number"]
    case = archive.ask("case", "show", document["code"])
    assert [row["state"] for row in case["package"]["copies"]] == ["verified", "verified"]


def test_accepting_twice_changes_nothing(archive: Command, held: Held) -> None:
    before = archive.ask("submission", "show", held.a)
    trail = archive.ask("audit", "verify")["events"]
    stores = tree_of(archive.home / "kho1" / "ocfl")
    for _ in range(2):
        assert archive.ask("submission", "accept", held.a, account="luutru") == before
    assert archive.ask("audit", "verify")["events"] == trail
    assert tree_of(archive.home / "kho1" / "ocfl") == stores
    assert archive.ask("status")["jobs"]["waiting"] == 0


def test_what_has_errors_cannot_be_accepted(held: Held) -> None:
    told = refused(held.archive, "submission", "accept", held.c, account="luutru")
    assert told == (4, "unresolved-findings")
    assert held.archive.ask("submission", "show", held.c)["state"] == "checked"


def test_returning_tells_the_sender_why_and_keeps_nothing(archive: Command, held: Held) -> None:
    reason = "Thiếu trích yếu ở văn bản số 3"
    returned = archive.ask(
        "submission", "return", held.c, "--reason", reason, account="luutru"
    )  # fmt: skip
    assert (returned["state"], returned["decision_reason"]) == ("returned", reason)
    assert returned["decided_by"] == "luutru"
    assert archive.ask("submission", "show", held.c, account="canbo")["decision_reason"] == reason
    assert refused(archive, "submission", "accept", held.c, account="luutru")[0] == 4
    archive.ask("submission", "return", held.c, "--reason", reason, account="luutru")
    again = ("submission", "return", held.c, "--reason", "lại")
    assert refused(archive, *again, account="luutru") == (4, "submission-state")
    accepted = refused(archive, "submission", "accept", held.c, account="luutru")
    assert accepted == (4, "submission-state")
    assert archive.ask("submission", "show", held.c)["decision_reason"] == reason
    assert sorted(stored_object.code for stored_object in objects_of(archive.home / "kho1")) == [
        B_CODE,
        A_CODE,
    ]


def test_a_return_needs_a_reason(held: Held) -> None:
    told = refused(held.archive, "submission", "return", held.c, "--reason", " ", account="luutru")
    assert told == (2, "reason-missing")
    assert refused(held.archive, "submission", "return", held.c, account="luutru")[0] == 2


def test_the_officer_may_withdraw_until_it_is_decided(archive: Command, held: Held) -> None:
    assert refused(archive, "submission", "withdraw", held.a, account="canbo")[0] == 4
    withdrawn = archive.ask("submission", "withdraw", held.c, account="canbo")
    assert withdrawn["state"] == "withdrawn"
    assert refused(archive, "submission", "accept", held.c, account="luutru")[0] == 4


def test_the_operator_decides_nothing(held: Held) -> None:
    denied = (4, "act-not-allowed")
    for line in (["accept", held.c], ["return", held.c, "--reason", "x"], ["withdraw", held.c]):
        assert refused(held.archive, "submission", *line) == denied
    assert held.archive.ask("submission", "show", held.c)["state"] == "checked"


@pytest.mark.parametrize("account", ["canbo", "docgia", "thanhtra", "tram", "quantri"])
def test_only_the_archive_decides(held: Held, account: str) -> None:
    for line in (["accept", held.c], ["return", held.c, "--reason", "x"]):
        assert refused(held.archive, "submission", *line, account=account)[0] in (3, 4)


def test_an_officer_of_another_agency_sees_nothing(held: Held) -> None:
    archive = held.archive
    assert archive.ask("submission", "list", account="nguoila") == {"submissions": []}
    assert archive.ask("case", "list", account="nguoila")["cases"] == []
    assert archive.ask("search", "trạm bơm", account="nguoila")["total"] == 0
    assert archive.ask("file-plan", "list", account="nguoila") == {"file_plans": []}
    for line in (
        ["submission", "show", held.a],
        ["case", "show", A_CODE],
        ["case", "text", A_CODE],
        ["retention", "explain", A_CODE],
    ):
        assert refused(archive, *line, account="nguoila")[0] == 3, line
    assert archive.ask("retention", "due", "--on", "2100-01-01", account="nguoila")["due"] == []
    assert refused(archive, "submission", "withdraw", held.c, account="nguoila")[0] == 4


def test_an_officer_may_not_submit_for_another_agency(archive: Command, tmp_path: Path) -> None:
    document = sent(archive, small_case(tmp_path / "case"), account="nguoila")
    assert "agency-not-own" in {finding["code"] for finding in document["findings"]}


def test_submissions_are_listed_by_state_oldest_first(held: Held) -> None:
    rows = held.archive.ask("submission", "list")["submissions"]
    assert [row["id"] for row in rows] == [held.a, held.b, held.c]
    stored = held.archive.ask("submission", "list", "--state", "stored")["submissions"]
    assert [row["id"] for row in stored] == [held.a, held.b]
    limited = held.archive.ask("submission", "list", "--limit", 1)["submissions"]
    assert [row["id"] for row in limited] == [held.a]
    assert held.archive.ask("submission", "list", "--state", "returned")["submissions"] == []


def test_the_template_is_a_sheet_that_can_be_filled(held: Held, tmp_path: Path) -> None:
    target = tmp_path / "mau.xlsx"
    answer = held.archive.run("submit", "--template", target)
    assert answer.code == 0
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["Hồ sơ", "Văn bản", "Phim ảnh", "Ghi âm, ghi hình", "Bảng mã"]


def test_a_file_plan_is_drafted_approved_and_listed(tmp_path: Path, held: Held) -> None:
    archive = empty_archive(tmp_path / "home")
    file = held.sample / "Danh mục hồ sơ 2025.xlsx"
    drafted = archive.ask("file-plan", "import", file, "--agency", "H40.18", "--year", 2025)
    assert set(drafted) >= {"id", "state", "entries", "findings"}
    assert (drafted["state"], drafted["entries"]) == ("draft", 12)
    for account in (None, "quantri", "canbo", "luutru", "phutrach"):  # nobody but its head
        assert refused(archive, "file-plan", "approve", drafted["id"], account=account)[0] == 4
    approved = archive.ask("file-plan", "approve", drafted["id"], account="thutruong")
    assert approved["state"] == "approved"
    (listed,) = archive.ask("file-plan", "list")["file_plans"]
    assert (listed["id"], listed["state"], listed["year"]) == (drafted["id"], "approved", 2025)
    acts = [path for path in (archive.home / "kho2" / "acts" / "file-plan").glob("*.json")]
    assert len(acts) == 1
    assert json.loads(acts[0].read_text("utf-8"))["kind"] == "file-plan"


def test_without_a_plan_the_code_is_taken_with_a_warning(tmp_path: Path, held: Held) -> None:
    archive = empty_archive(tmp_path / "home")
    first = sent(archive, small_case(tmp_path / "case"))
    assert "warning" in {finding["severity"] for finding in first["findings"]}
    assert "error" not in {finding["severity"] for finding in first["findings"]}
    approve_sample_plan(archive, held.sample)
    shutil.rmtree(tmp_path / "case")
    second = sent(archive, small_case(tmp_path / "case", code="H40.18.2025.99.KHAC"))
    assert {finding["check"] for finding in second["findings"]} >= {"codes"}


def test_what_is_no_file_plan_is_refused(held: Held, tmp_path: Path) -> None:
    plan = held.sample / "Danh mục hồ sơ 2025.xlsx"
    other = tmp_path / "plan.xlsx"
    other.write_bytes(b"no workbook")
    for file, agency in ((other, "H40.18"), (plan, "H1.99")):
        line = ("file-plan", "import", file, "--agency", agency, "--year", 2025)
        assert refused(held.archive, *line)[0] == 2


def test_jobs_are_listed_by_state_and_newest_first(held: Held) -> None:
    jobs = held.archive.ask("job", "list")["jobs"]
    assert {"id", "name", "state", "attempts", "progress", "error"} <= set(jobs[0])
    assert [job["created_at"] for job in jobs] == sorted(
        (job["created_at"] for job in jobs), reverse=True
    )
    assert {job["state"] for job in jobs} == {"done"}
    assert held.archive.ask("job", "list", "--state", "dead")["jobs"] == []
    assert len(held.archive.ask("job", "list", "--limit", 3)["jobs"]) == 3
    assert refused(held.archive, "job", "list", account="docgia") == (4, "act-not-allowed")


def test_work_until_empty_says_what_it_did(archive: Command, tmp_path: Path) -> None:
    document = sent(archive, small_case(tmp_path / "case"))
    archive.ask("submission", "accept", document["id"], account="luutru")
    answer = archive.started("work", "--until-empty", "--json")
    assert answer.code == 0
    assert set(answer.document) == {"done", "failed", "dead", "left"}
    assert answer.document["done"] >= 4
    assert [answer.document[name] for name in ("failed", "dead", "left")] == [0, 0, 0]
    again = archive.run("work", "--until-empty", "--json")
    assert again.document == {"done": 0, "failed": 0, "dead": 0, "left": 0}
    assert "Việc đã xong: 0" in archive.run("work", "--until-empty").stderr
    assert "Jobs done: 0" in archive.run("work", "--until-empty", "--lang", "en").stderr


def test_several_are_accepted_and_one_that_is_refused_stops_no_other(
    archive: Command, held: Held, tmp_path: Path
) -> None:
    ours = sent(archive, small_case(tmp_path / "case"))["id"]
    unknown = uuid4()
    line = ("submission", "accept", unknown, ours, ours, held.a)
    answer = archive.run(*line, "--json", account="luutru")
    assert answer.code == 3
    accepted = {
        submission["id"]: submission["state"] for submission in answer.document["submissions"]
    }
    assert accepted == {ours: "accepted", held.a: "stored"}
    (told,) = answer.document["refused"]
    assert (told["id"], told["code"]) == (str(unknown), "submission-not-found")
    again = archive.run("submission", "accept", ours, held.a, account="luutru")
    assert again.code == 0
    assert ours in again.stdout
    assert refused(archive, "submission", "accept", unknown, account="luutru")[0] == 3


def test_work_waits_for_a_copy_that_comes_back(archive: Command, tmp_path: Path) -> None:
    """While one copy is away nothing is called stored, and no receipt is given."""
    document = sent(archive, small_case(tmp_path / "case"))
    archive.ask("submission", "accept", document["id"], account="luutru")
    (archive.home / "kho2").rename(archive.home / "away")
    with archive.beside("work", "--until-empty") as working:
        while not (tried := [job for job in archive.ask("job", "list")["jobs"] if job["error"]]):
            assert working.poll() is None
            time.sleep(0.1)
        assert tried[0]["error"]["message"]
        shown = archive.ask("submission", "show", document["id"])
        assert (shown["state"], shown["receipt"]) == ("accepted", None)
        shutil.rmtree(archive.home / "kho2", ignore_errors=True)
        (archive.home / "away").rename(archive.home / "kho2")
        assert working.wait() == 0
    assert archive.ask("submission", "show", document["id"])["state"] == "stored"
    assert archive.ask("fixity", "check")["intact"] > 0
