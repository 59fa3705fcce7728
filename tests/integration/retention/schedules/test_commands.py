"""Events, groups and schedules on the command line."""

from pathlib import Path

from tests.worlds.main_job import A_CODE, Held
from tests.worlds.retention.schedule_files import TOML


def test_a_schedule_is_loaded_adopted_and_compared(spoilt: Held, tmp_path: Path) -> None:
    archive = spoilt.archive
    path = tmp_path / "bang.toml"
    path.write_text(TOML.replace("years = 5", "years = -5"), encoding="utf-8")
    load = ("retention", "schedule", "load", path)
    checked = archive.run(*load, "--check", "--json", account="luutru")
    assert checked.code == 1, "a script stops at a fault"
    faults = checked.document["faults"]
    assert [(fault["line"], fault["code"]) for fault in faults] == [(8, "term-negative")]
    assert archive.run(*load, account="luutru").code == 2
    assert archive.run(*load, "--check", account="luutru").code == 1
    path.write_text(TOML, encoding="utf-8")
    assert archive.run(*load, "--check", account="luutru").code == 0
    told = archive.ask(*load, account="luutru")
    said = archive.run("retention", "schedule", "compare", "tt10-2022", told["id"]).stdout
    assert "thêm A.1" in said
    listed = archive.run("retention", "schedule", "list").stdout
    assert {"nghanh", "Bản", "nháp", told["id"]} <= set(listed.split()), "it can be copied"
    assert listed.split().count("tt10-2022") == 2, "what ships has no id, and is told by its code"
    paper = archive.run("retention", "schedule", "paper", told["id"], "--to", tmp_path / "qd.pdf")
    assert paper.code == 3
    assert "chưa được duyệt áp dụng" in paper.stderr
    assert archive.ask("retention", "schedule", "paper", told["id"])["signature"] is None
    shown = archive.run("retention", "schedule", "show", told["id"]).stdout
    assert "05 năm kể từ khi hợp đồng chấm dứt" in shown


def test_an_event_is_recorded_on_the_command_line(spoilt: Held) -> None:
    event = ("retention", "event", A_CODE, "--kind", "contract-ends", "--on", "01/03/2020")
    told = spoilt.archive.ask(*event, "--basis", "BB 07", account="luutru")
    assert (told["moved"], told["events"][0]["happened_on"]) == (False, "2020-03-01")
    assert spoilt.archive.run(*event, account="luutru").code == 2
    said = spoilt.archive.run(
        "retention", "event", A_CODE, "--withdraw", told["events"][0]["id"], "--reason", "Nhầm",
        account="luutru",
    )  # fmt: skip
    assert "thời hạn không đổi" in said.stderr


def test_a_draft_is_tried_on_the_command_line(spoilt: Held, tmp_path: Path) -> None:
    path, target = tmp_path / "bang.toml", tmp_path / "thu.csv"
    path.write_text(TOML, encoding="utf-8")
    load = ("retention", "schedule", "load", path)
    told = spoilt.archive.ask(*load, account="luutru")
    simulate = ("retention", "simulate", told["id"], "--to", target)
    tried = spoilt.archive.ask(*simulate, account="luutru")
    assert tried["done_at"]
    assert (tried["counts"]["looked"], tried["counts"]["moved"]) == (0, 0)
    said = spoilt.archive.run(*simulate, "--discard", account="luutru").stdout
    assert "Đã xét 0 hồ sơ" in said
    assert target.read_text("utf-8-sig").startswith("Mã hồ sơ,")
    assert spoilt.archive.run(*simulate, account="canbo").code == 4
