"""Whoever writes to a case file in custody asks the holds first; who need not says why."""

import ast
from pathlib import Path

from tests.guide.sources import PACKAGES, ROOT, assert_none, nodes, place, python_files, tree

# What changes a case file that is kept: a further version, or another term.
WRITES = {"want_version", "note_edited", "set_term"}
ASKS = {"require_free", "open_to_edit", "in_force", "why_not", "why_items_not"}
ASKS |= {"require_paper_free", "require_fonds_free", "_keeping_free"}
# Stages that change what stands beside a case file, by what each writer of theirs calls, and which
# of these a hold stops; whoever calls one of those from another room asks. The others go on.
BESIDE = {
    "digitize/paper/rules.py": ("note_move", {"put", "lend"}, {"receive", "give_back"}),
    "digitize/paper/boxes.py": ("note_box_move", set(), {"move_box"}),
    "archive_service/catalogue/fonds/fonds.py": (
        "_tell",
        {"describe_fonds", "close_fonds"},
        {"add_fonds"},
    ),
    "archive_service/catalogue/fonds/series.py": (
        "_tell",
        {"change_series", "remove_series"},
        {"add_series"},
    ),
}
DISPOSED = "paper_destroyed_on"  # set by whoever tells that paper is gone
# Digitization, keeping and receiving go on under a hold (design: a hold stops editing, moving,
# transfer and destruction); what only serves a caller that asked stands here too.
GOES_ON = {
    "archive_service/jobs/due.py": "the writer itself; each caller is asked of here",
    "archive_service/signing/copies/sealed.py": "the agency's seal comes beside the copy",
    "archive_service/recovery/upgrade/demo_trust.py": "a verdict that was wrong is told anew",
    "digitize/twins/jobs.py": "digitization",
    "archive_service/workflow/steps.py": "digitization and the paper's arrival",
    "digitize/batches/release/release.py": "digitization",
    "ingest/submissions/acts.py": "it is taken into custody; what is added is in additions",
    "retention/terms/longest_term.py": "the term of what ingest/acceptance/additions.py let in",
    "archive_service/catalogue/arranging/split_planned.py": "the term of a part; its caller asked",
    "retention/terms/changes.py": "the writer itself; each caller is asked of here",
}
# These write and tell holds themselves, or join them to what they hold.
OF_HOLDS = (
    "archive_service/db/held.py",
    "archive_service/domain/case_files/case_file.py",
    "retention/holds/",
)


def test_every_writer_asks_the_holds_or_says_why_it_goes_on() -> None:
    writers: dict[str, bool] = {}
    for file in python_files(*PACKAGES):
        called = {_name(node.func) for node in nodes(file) if isinstance(node, ast.Call)}
        named = {node.name for node in nodes(file) if isinstance(node, ast.FunctionDef)}
        name = str(file.relative_to(ROOT))
        if (called | named) & WRITES and not name.startswith("archive_service/domain/"):
            writers[name] = bool(called & ASKS)
    assert len(writers) > len(GOES_ON)
    assert_none(name for name, asks in writers.items() if not asks and name not in GOES_ON)
    assert_none(name for name in GOES_ON if writers.get(name, True))


def test_what_stands_beside_a_held_case_file_is_asked_of_as_well() -> None:
    """Its paper half, and what is said of a fonds that is held."""
    stopped = set()
    for name, (writes, stops, goes_on) in BESIDE.items():
        found = {
            function.name for function in _functions(ROOT / name) if writes in _called(function)
        }
        assert found == stops | goes_on, f"{name}: does a hold stop it, or does it go on?"
        stopped |= {(name.removesuffix(".py").replace("/", "."), stop) for stop in stops}
    asked, forgot = set(), []
    for file in python_files(*PACKAGES):
        aliases = _modules(tree(file))
        for function in _functions(file):
            acts = {
                (aliases.get(node.value.id, ""), node.attr)
                for node in ast.walk(function)
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            } & stopped
            if acts or _disposes(function):
                asked |= acts
                if not _called(function) & ASKS:
                    forgot.append(place(file, function))
    assert_none(forgot)
    assert asked == stopped, "a way that this test does not see"


def test_holds_are_asked_by_one_condition() -> None:
    """A question of its own would forget the holds on a fonds."""
    found = []
    for file in python_files(*PACKAGES):
        name = str(file.relative_to(ROOT))
        if name.startswith(OF_HOLDS):
            continue
        found += [
            f"{name}:{node.lineno}"
            for node in nodes(file)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in {("Hold", "case_file_id"), ("Hold", "lifted_at")}
        ]
    assert_none(found)


def _functions(file: Path) -> list[ast.FunctionDef]:
    return [node for node in nodes(file) if isinstance(node, ast.FunctionDef)]


def _called(one: ast.FunctionDef) -> set[str]:
    return {_name(node.func) for node in ast.walk(one) if isinstance(node, ast.Call)}


def _disposes(one: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == DISPOSED
        and isinstance(node.ctx, ast.Store)
        for node in ast.walk(one)
    )


def _modules(parsed: ast.Module) -> dict[str, str]:
    """Whole name of what is imported, by the name it has here."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in parsed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
