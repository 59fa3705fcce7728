"""An object of many versions: each inventory names all versions before it, and is read once."""

from pathlib import Path

import pytest

from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.fixity.check import FixityTally, iter_fixity
from archive_service.storage.fixity.repair import repair
from archive_service.storage.staging import FolderStaging
from tests.worlds.calls import calls
from tests.worlds.stored_objects import (
    OCFL_ID,
    ROOT,
    flipped,
    new_copy,
    publish_version,
    stage_versions,
)

FEW, MANY = 3, 12


def copies_of(folder: Path, count: int) -> list[FilesystemStore]:
    """Two copies of an object of so many versions."""
    staging = FolderStaging(folder / "staging")
    copies = [new_copy(folder / name) for name in ("a", "b")]
    versions = [{"METS.xml": f"<mets>{number}</mets>".encode()} for number in range(count)]
    for inventory in stage_versions(staging, versions):
        publish_version(inventory.sha256, staging=staging, copies=copies)
    return copies


@pytest.mark.parametrize("expected", [None, [(OCFL_ID, MANY)]])
def test_no_inventory_of_a_sound_version_is_written_again(
    tmp_path: Path, expected: list[tuple[str, int]] | None
) -> None:
    copies, tally = copies_of(tmp_path, MANY), FixityTally()
    with calls() as seen:
        for result in iter_fixity(copies, expected_objects=expected):
            tally.add(result)
    assert not tally.as_document()["damaged"]
    assert seen["at"] == 0


def test_the_list_of_content_is_gone_through_as_often_for_many_versions(tmp_path: Path) -> None:
    gone_through = []
    for count in (FEW, MANY):
        copies = copies_of(tmp_path / str(count), count)
        with calls() as seen:
            list(iter_fixity(copies, expected_objects=[(OCFL_ID, count)]))
        gone_through.append(seen["manifest"])
    assert gone_through[0] == gone_through[1]


def test_a_lost_inventory_is_written_once_and_no_others_for_it(tmp_path: Path) -> None:
    (copy, _) = copies_of(tmp_path, MANY)
    lost = tmp_path / "a" / ROOT / "v2/inventory.json"
    lost.write_bytes(flipped(lost.read_bytes()))
    tally = FixityTally()
    for found in iter_fixity([copy], expected_objects=[(OCFL_ID, MANY)]):
        tally.add(found)
    with calls() as seen:
        report = repair([copy], tally.troubles())
    assert [healed.key for healed in report.repaired] == [f"{ROOT}/v2/inventory.json"]
    assert seen["at"] == 1
