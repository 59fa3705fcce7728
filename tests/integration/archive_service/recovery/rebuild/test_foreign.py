"""A copy that has something of another software at the path of a package, or no inventory."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.archive_service.recovery.rebuild.rebuilt_copies import (
    drop,
    inventories,
    rebuilt,
)
from tests.worlds.main_job import A_CODE, Held
from tests.worlds.shelf import object_of


def as_other_software(root: Path) -> None:
    """In the place of a package of ours: a whole object of another software, with another id."""
    shutil.rmtree(root)
    content = root / "v1" / "content" / "a.txt"
    content.parent.mkdir(parents=True)
    content.write_text("a")
    digest = hashlib.sha512(b"a").hexdigest()
    block = {"created": "2025-01-01T00:00:00Z", "state": {digest: ["a.txt"]}}
    told = {
        "id": "info:foreign",
        "digestAlgorithm": "sha512",
        "head": "v1",
        "manifest": {digest: ["v1/content/a.txt"]},
        "versions": {"v1": block},
    }
    data = json.dumps(told).encode()
    sidecar = f"{hashlib.sha512(data).hexdigest()} inventory.json\n"
    (root / "0=ocfl_object_1.1").write_text("ocfl_object_1.1\n")
    for folder in (root, root / "v1"):
        (folder / "inventory.json").write_bytes(data)
        (folder / "inventory.json.sha512").write_text(sidecar)


def as_no_inventory(root: Path) -> None:
    """JSON of other types in each inventory, equal to its sidecar."""
    data = b'{"id":5,"versions":[],"manifest":null,"head":{}}'
    for file in inventories(root):
        file.write_bytes(data)
        file.with_name("inventory.json.sha256").write_text(
            f"{hashlib.sha256(data).hexdigest()} inventory.json\n"
        )


@pytest.mark.parametrize("foreign", [as_other_software, as_no_inventory])
@pytest.mark.parametrize("copy", ["kho1", "kho2"])
def test_what_is_foreign_in_one_copy_comes_from_the_other(
    spoilt: Held, copy: str, foreign: Callable[[Path], None]
) -> None:
    archive, home = spoilt.archive, spoilt.home
    drop(home)
    foreign(object_of(home / copy, A_CODE).root)
    code, document, passed_over = rebuilt(archive)
    assert (code, document["cases"], passed_over) == (1 if copy == "kho1" else 0, 2, {})
    if copy == "kho1":  # the other one is not asked
        assert {entry["copy"] for entry in document["read_elsewhere"]} == {copy}
        why = {entry["code"] for entry in document["read_elsewhere"]}
        assert why == {"object-foreign" if foreign is as_other_software else "inventory-damaged"}
    drop(home)
    answer = archive.run("rebuild", "--copy", copy, "--json")
    assert (answer.code, answer.document["cases"]) == (1, 2)
