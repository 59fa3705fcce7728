"""The state of a noun that has a table of transitions is written by its table alone."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from archive_service.messages import LANGUAGES, labels
from archive_service.transitions import Transition
from retention.disposition.transitions import TRANSITIONS as DISPOSITION
from retention.transfer.transitions import TRANSITIONS as TRANSFER
from tests.guide.sources import PACKAGES, assert_none, nodes, place, python_files

TABLED = {
    "archive_service.domain.retention.disposition": "DispositionState",
    "archive_service.domain.transfer.transfer": "TransferState",
    "archive_service.domain.digitization.scan_batch": "BatchState",
}


def writes(file: Path) -> Iterator[ast.Assign]:
    """Where a state of such a noun is set by hand."""
    tabled = {
        name
        for node in nodes(file)
        if isinstance(node, ast.ImportFrom) and (name := TABLED.get(node.module or ""))
    }
    for node in nodes(file):
        if isinstance(node, ast.Assign) and tabled:
            told = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
            set_ = [one for target in node.targets for one in ast.walk(target)]
            if told & tabled and any(getattr(one, "attr", "") == "state" for one in set_):
                yield node


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("group", "table"), [("disposition-need", DISPOSITION), ("transfer-need", TRANSFER)]
)
def test_each_need_that_has_words_stands_at_an_act(
    group: str, table: Mapping[str, Transition[Any]], lang: str
) -> None:
    assert labels(group, lang).keys() == {need for act in table.values() for need in act.needs}


def test_states_are_written_by_their_table_alone() -> None:
    assert_none(place(file, write) for file in python_files(*PACKAGES) for write in writes(file))


def test_a_state_that_is_written_by_hand_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "acts.py"
    (module,) = (module for module, name in TABLED.items() if name == "TransferState")
    lines = (f"from {module} import TransferState", "row.state, at = TransferState.SENT, now")
    file.write_text("\n".join(lines), "utf-8")
    assert [node.lineno for node in writes(file)] == [2]
