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
    "archive_service.domain.intake.submission": "SubmissionState",
    "archive_service.domain.agencies.file_plan": "FilePlanState",
}


def _set_by(node: ast.AST) -> ast.expr | None:
    """What a state is set to: by an assignment, or in the statement of an update."""
    if isinstance(node, ast.Assign):
        targets = [part for target in node.targets for part in ast.walk(target)]
        return node.value if any(getattr(part, "attr", "") == "state" for part in targets) else None
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "values":
        return next((word.value for word in node.keywords if word.arg == "state"), None)
    return None


def writes(file: Path) -> Iterator[ast.AST]:
    """Where a state of such a noun is set by hand, not to what an act leads to."""
    tabled = {
        name
        for node in nodes(file)
        if isinstance(node, ast.ImportFrom) and (name := TABLED.get(node.module or ""))
    }
    for node in nodes(file):
        value = _set_by(node) if tabled else None
        if value is None or getattr(getattr(value, "func", None), "attr", "") == "leads_to":
            continue
        if tabled & {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}:
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
    lines = (
        f"from {module} import TransferState",
        "row.state, at = TransferState.SENT, now",
        "update(Transfer).values(state=TransferState.SENT)",
        "update(Transfer).values(state=TRANSITIONS['send'].leads_to(TransferState.SENT))",
    )
    file.write_text("\n".join(lines), "utf-8")
    assert [getattr(node, "lineno", 0) for node in writes(file)] == [2, 3]
