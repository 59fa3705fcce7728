"""The short form of the benches tells what became worse than the figures that are kept."""

from pathlib import Path

from archive_service.bench.short.compare import KEPT, SHORT, is_worse, keep, kept_ratios, run
from tests.worlds.command import Command


def test_what_is_worse_than_its_kept_figure_is_told_and_a_new_one_kept(tmp_path: Path) -> None:
    file = tmp_path / "kept.toml"
    file.write_text("fixity = 1.5\nsign = 0.001\n")
    heard: list[str] = []
    document = run(["sign"], file=file, tell=heard.append)
    (sign,) = document["benches"]
    assert heard == document["slower"] == ["sign"]
    assert (sign["kept"], sign["slower"]) == (0.001, True)
    keep(document, file)
    assert kept_ratios(file) == {"fixity": 1.5, "sign": sign["ratio"]}


def test_less_is_better_but_for_speeds() -> None:
    assert [is_worse("sign", ratio, 1.0) for ratio in (0.5, 1.19, 1.21)] == [False, False, True]
    assert [is_worse("transfer", ratio, 1.0) for ratio in (2.0, 0.84, 0.83)] == [False, False, True]


def test_every_bench_of_it_has_a_figure_that_is_kept() -> None:
    assert kept_ratios(KEPT).keys() == SHORT.keys()


def test_a_bench_that_is_none_of_them_is_refused_before_any_runs(tmp_path: Path) -> None:
    answer = Command(tmp_path / "home").run("bench", "short", "fixty")
    assert answer.code == 2
    assert "BENCH" in answer.stderr
