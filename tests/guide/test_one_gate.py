"""Stored bytes leave through one gate: nothing else in the product removes files."""

import ast

from tests.guide.sources import PACKAGES, ROOT, assert_none, place, python_files, tree

REMOVING = {"unlink", "rmtree", "rmdir", "removedirs", "remove_object", "remove_objects"}
# Staging and half-written files are nobody's record yet.
HANDS = (
    "archive_service/storage/staging.py",
    "archive_service/storage/s3_staging.py",
    "archive_service/storage/uploads.py",
    "archive_service/storage/filesystem.py",
)
ERASERS = "archive_service/storage/erase/"
# These make a folder anew that install makes again; no home lies below it.
OWN_FOLDERS = ("archive_service/static/vendor.py",)
# The demo makes its own home anew; it refuses a folder that does not bear its mark.
DEMO_HOME = ("archive_service/demo/home.py",)


def _names(node: ast.AST) -> set[str]:
    """What the node reaches for: a method, a function, ``os.remove``, or a name imported."""
    if isinstance(node, ast.Attribute):
        of_os = isinstance(node.value, ast.Name) and node.value.id == "os"
        return {"unlink"} if of_os and node.attr == "remove" else {node.attr}
    if isinstance(node, ast.ImportFrom):
        return {alias.name for alias in node.names}
    return set()


def test_only_the_gate_the_staging_and_the_workshop_of_a_store_remove_files() -> None:
    allowed = (*HANDS, *OWN_FOLDERS, *DEMO_HOME)
    found = []
    for file in python_files(*PACKAGES):
        name = str(file.relative_to(ROOT))
        if name in allowed or name.startswith(ERASERS):
            continue
        found += [
            f"{place(file, node)} {', '.join(hit)}"
            for node in ast.walk(tree(file))
            if (hit := _names(node) & REMOVING)
        ]
    assert_none(found)


def test_the_port_of_the_stores_has_no_delete() -> None:
    port = ROOT / "archive_service" / "storage" / "port.py"
    if not port.exists():
        return
    words = {"delete", "remove", "erase", "unlink", "discard"}
    methods = [node.name for node in ast.walk(tree(port)) if isinstance(node, ast.FunctionDef)]
    assert_none(name for name in methods if words & set(name.split("_")))


# Who may reach for what removes: the gate erases, bootstrap alone hands its hands out.
REACHES = {
    "open_erasers": ("archive_service/bootstrap.py",),
    "open_gate": ("archive_service/bootstrap.py", "archive_service/workflow/destruction.py"),
    "erase": (ERASERS,),
    "erase_file": (ERASERS, "archive_service/storage/destroy.py"),
    "erase_all": (ERASERS, "archive_service/storage/destroy.py"),
    "removing_since": (
        "archive_service/domain/case_file.py",
        "archive_service/storage/destroy.py",
        "archive_service/workflow/tombstones.py",  # as the tombstone tells it
    ),
}


def _sets(node: ast.AST) -> set[str]:
    """What the node calls, imports or assigns to; reading a column is no reach."""
    if isinstance(node, ast.Call):
        called = node.func
        return {called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {one.attr for one in targets if isinstance(one, ast.Attribute)}
    return _names(node) if isinstance(node, ast.ImportFrom) else set()


def test_nobody_but_the_gate_reaches_an_eraser() -> None:
    found = []
    for file in python_files(*PACKAGES):
        name = str(file.relative_to(ROOT))
        for node in ast.walk(tree(file)):
            hits = _sets(node) & REACHES.keys()
            found += [
                f"{place(file, node)} {hit}" for hit in hits if not name.startswith(REACHES[hit])
            ]
    assert_none(found)


def test_each_eraser_is_reached_by_the_gate() -> None:
    gate = tree(ROOT / "archive_service" / "storage" / "destroy.py")
    called = {name for node in ast.walk(gate) for name in _sets(node)}
    assert {"erase_all", "iter_left", "require_free", "require_due", "write_acts"} <= called
