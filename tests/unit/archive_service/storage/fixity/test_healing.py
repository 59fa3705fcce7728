"""Whatever befalls one copy is found, healed from the other, and every byte is as before."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.fixity.check import iter_fixity
from archive_service.storage.fixity.repair import repair
from archive_service.storage.fixity.verdict import Fixity, FixityTally
from tests.worlds.stored_objects import OCFL_ID, ROOT, flipped, tree_of

Damage = Callable[[Path, Path, int], None]  # the copy, a file of it, a number to choose by


def payload_bit(_copy: Path, file: Path, place: int) -> None:
    data = file.read_bytes()
    file.write_bytes(flipped(data, at=place % len(data)) if data else b"\x01")


def first_byte(_copy: Path, file: Path, _place: int) -> None:
    file.write_bytes(flipped(file.read_bytes()))


def longer(_copy: Path, file: Path, place: int) -> None:
    file.write_bytes(file.read_bytes() + bytes(1 + place % 7))


def shorter(copy: Path, file: Path, place: int) -> None:
    data = file.read_bytes()
    if not data:
        longer(copy, file, place)
    file.write_bytes(data[: place % len(data)] if data else b"\0")


def missing(_copy: Path, file: Path, _place: int) -> None:
    file.unlink()


def swapped(copy: Path, file: Path, place: int) -> None:
    """With a file of other bytes; where there is none, one bit is turned."""
    data = file.read_bytes()
    others = [path for path in sorted(copy.glob("ocfl/**/content/**/*")) if path.is_file()]
    others = [path for path in others if path.read_bytes() != data]
    if not others:
        payload_bit(copy, file, place)
        return
    other = others[place % len(others)]
    file.write_bytes(other.read_bytes())
    other.write_bytes(data)


def extra(copy: Path, _file: Path, place: int) -> None:
    (copy / ROOT / f"v1/content/stray-{place}.txt").write_bytes(b"stray")


def wrong_digest_in_manifest(copy: Path, _file: Path, place: int) -> None:
    """An inventory that was forged together with its sidecar."""
    folder = copy / ROOT / f"v{1 + place % 3}"
    if not (folder / "inventory.json").exists():
        return
    try:
        document = json.loads((folder / "inventory.json").read_bytes())
        digest = min(document["manifest"])
    except (ValueError, KeyError):
        return  # spoilt already
    document["manifest"]["0" * 64] = document["manifest"].pop(digest)
    data = json.dumps(document).encode()
    (folder / "inventory.json").write_bytes(data)
    line = f"{hashlib.sha256(data).hexdigest()} inventory.json\n"
    (folder / "inventory.json.sha256").write_text(line)


def stale_inventory(copy: Path, _file: Path, _place: int) -> None:
    """The root says what the first version said."""
    root = copy / ROOT
    for name in ("inventory.json", "inventory.json.sha256"):
        if (root / "v1" / name).exists():
            shutil.copyfile(root / "v1" / name, root / name)


DAMAGES: tuple[Damage, ...] = (
    payload_bit,
    first_byte,
    longer,
    shorter,
    missing,
    swapped,
    extra,
    wrong_digest_in_manifest,
    stale_inventory,
)


def checked(copies: list[FilesystemStore]) -> FixityTally:
    tally = FixityTally()
    for result in iter_fixity(copies, expected_objects=[(OCFL_ID, 3)]):
        tally.add(result)
    return tally


@settings(deadline=None, max_examples=60)
@given(
    table=st.lists(
        st.tuples(st.sampled_from(DAMAGES), st.integers(0, 200), st.integers(0, 5000)),
        min_size=1,
        max_size=5,
    )
)
@example(table=[(missing, 17, 0), (stale_inventory, 0, 0)])  # the newest inventory, and the root
def test_any_damage_to_one_copy_is_found_and_healed(
    sound: Path, table: list[tuple[Damage, int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        shutil.copytree(sound, place, dirs_exist_ok=True)
        copies = [FilesystemStore(Path(place, name)) for name in ("a", "b")]
        spoilt = Path(place, "b")
        before = tree_of(spoilt)
        keys = sorted(key for key in before if key != "copy.json")
        for damage, number, at in table:
            file = spoilt / keys[number % len(keys)]
            if file.exists():
                damage(spoilt, file, at)
        after = tree_of(spoilt)
        wrong = {key for key in before if after.get(key) != before[key]}
        stray = set(after) - set(before)
        tally = checked(copies)
        found = {
            trouble.key for trouble in tally.troubles() if trouble.status is not Fixity.UNEXPECTED
        }
        assert found == wrong
        assert {fixity_result.key for fixity_result in tally.unexpected} == stray
        assert {trouble.copy for trouble in tally.troubles()} <= {"b"}
        report = repair(copies, tally.troubles())
        assert {fixity_result.key for fixity_result in report.failed} == stray
        assert {key: data for key, data in tree_of(spoilt).items() if key in before} == before
        for key in stray:
            (spoilt / key).unlink()
        assert checked(copies).troubles() == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_of_the_table_changes_something(
    sound: Path, tmp_path: Path, damage: Damage
) -> None:
    shutil.copytree(sound / "b", tmp_path / "b")
    before = tree_of(tmp_path / "b")
    damage(tmp_path / "b", tmp_path / "b" / ROOT / "v1/content/METS.xml", 1)
    assert tree_of(tmp_path / "b") != before
