"""``docs/states.md``: the states of each noun and what leads from one to the next.

``python -m tests.guide.house.states`` writes it from the tables that guards and buttons read.
"""

import enum
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from archive_service.domain.transfer.transfer import TransferDirection
from archive_service.messages import labels
from archive_service.transitions import Transition
from digitize.batches.transitions import TRANSITIONS as BATCH
from ingest.file_plan.transitions import TRANSITIONS as FILE_PLAN
from ingest.transitions import TRANSITIONS as SUBMISSION
from retention.disposition.transitions import TRANSITIONS as DISPOSITION
from retention.transfer.transitions import TRANSITIONS as TRANSFER
from tests.guide.sources import ROOT

PAGE = ROOT / "docs" / "states.md"
HEAD = """# States and acts

Made by `python -m tests.guide.house.states` from the tables that guards, `next` and buttons read.
An arrow bears the acts that lead along it; acts that change no state stand in the table below.
What an act may need beyond the state is told with it, where it is not there.
Where no right is named, the archive does the act by itself.
"""
Table = Mapping[str, Transition[Any]]


def page() -> str:
    """The whole page."""
    sending, receiving = (
        {name: act for name, act in TRANSFER.items() if act.direction is direction}
        for direction in (TransferDirection.OUT, TransferDirection.IN)
    )
    nouns: list[tuple[str, Table, str]] = [
        ("File plan", FILE_PLAN, "plan-states"),
        ("Submission", SUBMISSION, "submission-states"),
        ("Scan batch", BATCH, "batch-states"),
        ("Disposition", DISPOSITION, "disposition-state"),
        ("Transfer, at the archive that sends it", sending, "transfer-state"),
        ("Transfer, at the archive that receives it", receiving, "transfer-state"),
    ]
    return "\n".join([HEAD, *(_section(*noun) for noun in nouns)])


def _section(title: str, table: Table, group: str) -> str:
    named = labels(group)
    arrows: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, act in table.items():
        for before in act.states or (None,):
            for after in act.after:
                if after is not before:
                    arrows[_id(before), _id(after)].append(name)
    states = {id_ for ends in arrows for id_ in ends} - {"[*]"}
    lines = [f"## {title}", "", "```mermaid", "stateDiagram-v2"]
    for id_ in sorted(states):
        label = named.get(id_.replace("_", "-"))
        lines.append(f'  state "{id_.replace("_", "-")}{f": {label}" if label else ""}" as {id_}')
    lines += [f"  {one} --> {other}: {', '.join(acts)}" for (one, other), acts in arrows.items()]
    return "\n".join([*lines, "```", "", *_rows(table), ""])


def _rows(table: Table) -> Iterator[str]:
    yield "| Act | Right | From | To | Needs |"
    yield "|---|---|---|---|---|"
    for name, act in table.items():
        before = ", ".join(state.value for state in act.states) or "(new)"
        after = ", ".join(state.value for state in act.after) or "(as it was)"
        right, needs = f"`{act.right}`" if act.right else "", ", ".join(act.needs)
        yield f"| {name} | {right} | {before} | {after} | {needs} |"


def _id(state: enum.Enum | None) -> str:
    return "[*]" if state is None else str(state.value).replace("-", "_")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
