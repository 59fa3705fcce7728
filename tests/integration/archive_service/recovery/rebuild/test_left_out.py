"""What one copy does not give comes from the next; what none gives is named, and stops nothing."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive_service.db.engine import Bounds, open_engine, resolve_url
from archive_service.db.migrate import upgrade
from archive_service.recovery.rebuild.left_out import LeftOut
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.packages import iter_cases
from archive_service.storage.filesystem import FilesystemStore
from tests.integration.archive_service.recovery.rebuild.rebuilt_copies import (
    drop,
    inventories,
    rebuilt,
)
from tests.worlds.main_job import A_CODE, B_CODE, COPIES, Held
from tests.worlds.shelf import object_of

FOREIGN = "ocfl/abc/def/012/http%3a%2f%2fexample%2forg%2f7"


def as_foreign(copy: Path) -> None:
    """An object that other software made, a folder of somebody's, and files beside it all."""
    place = copy / FOREIGN
    (place / "v1" / "content").mkdir(parents=True)
    (place / "0=ocfl_object_1.0").write_text("ocfl_object_1.0\n")
    (place / "inventory.json").write_text('{"digestAlgorithm": "sha512", "id": "x"}')
    (place / "inventory.json.sha512").write_text("0 inventory.json\n")
    (place / "v1" / "content" / "a.txt").write_text("a")
    (copy / "Ảnh của tôi").mkdir()
    (copy / "Ảnh của tôi" / "a.jpg").write_bytes(b"a")
    (copy / "ocfl" / "ghi chú.txt").write_text("a")
    (copy / "audit" / "Thumbs.db").write_bytes(b"a")
    (copy / "acts" / "agency" / "của tôi.json").write_text("{}")


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def without(file: Path) -> None:
    file.unlink()


def no_json(file: Path) -> None:
    file.write_bytes(b'{"id": ' + file.read_bytes()[:50])


def changed(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"message":"', b'"message":"x', 1))


def a_list(file: Path) -> None:
    file.write_bytes(b"[]")


def no_sidecar(file: Path) -> None:
    file.with_name("inventory.json.sha256").unlink()


def wrong_sidecar(file: Path) -> None:
    file.with_name("inventory.json.sha256").write_bytes(b"\xff" * 20)


def not_utf8(file: Path) -> None:
    file.write_bytes(b"\xff\xfe{}")


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_dead_link(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)


DAMAGE: tuple[Callable[[Path], None], ...] = (
    *(emptied, without, no_json, changed, a_list, no_sidecar, wrong_sidecar, not_utf8),
    *(a_folder, a_dead_link),
)


def read_cases(home: Path, copies: tuple[str, ...] = COPIES) -> tuple[list[str], LeftOut]:
    """Codes of what the packages of these copies give, and what they do not."""
    left_out = LeftOut()
    stores = [FilesystemStore(home / name) for name in copies]
    found = iter_cases(stores, left_out=left_out, old=OldDatabase(None))
    return sorted(restored_case.case_file.code for restored_case in found), left_out


@contextmanager
def respoilt(held: Held, target: Path) -> Iterator[Path]:
    """The copies alone once more, for one kind of damage."""
    for name in COPIES:
        shutil.copytree(held.pristine / name, target / name)
    yield target
    shutil.rmtree(target)


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_an_inventory_comes_from_the_next_copy_that_verifies(
    held: Held, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    with respoilt(held, tmp_path / "home") as home:
        for copy, code in zip(COPIES, (A_CODE, B_CODE), strict=True):
            for file in inventories(object_of(home / copy, code).root):
                damage(file)
        codes, left_out = read_cases(home)
        assert codes == sorted((A_CODE, B_CODE))
        assert left_out.passed_over == []
        by_copy = [elsewhere.copy for elsewhere in left_out.elsewhere if "v1" not in elsewhere.key]
        assert by_copy[:1] == ["kho1"]  # of the second object the first copy was sound


def test_an_inventory_that_stands_twice_is_believed_without_any_sidecar(
    held: Held, tmp_path: Path
) -> None:
    with respoilt(held, tmp_path / "home") as home:
        for file in inventories(object_of(home / "kho1", A_CODE).root):
            no_sidecar(file)
        codes, left_out = read_cases(home, ("kho1",))
        assert codes == sorted((A_CODE, B_CODE))
        assert left_out.passed_over == []


def test_an_older_version_is_taken_and_named_where_the_newest_is_spoilt(
    held: Held, tmp_path: Path
) -> None:
    with respoilt(held, tmp_path / "home") as home:
        root = object_of(home / "kho1", B_CODE).root
        assert (root / "v2").is_dir()
        for folder in (root, root / "v2"):
            no_json(folder / "inventory.json")
        codes, left_out = read_cases(home, ("kho1",))
        assert codes == sorted((A_CODE, B_CODE))
        assert [passed_over.why for passed_over in left_out.passed_over] == ["package-older"]
        codes, left_out = read_cases(home)
        assert (codes, left_out.passed_over) == (sorted((A_CODE, B_CODE)), [])


def test_a_package_that_one_copy_lacks_and_files_that_all_lack(held: Held, tmp_path: Path) -> None:
    with respoilt(held, tmp_path / "home") as home:
        shutil.rmtree(object_of(home / "kho1", A_CODE).root)
        page = "v1/content/METS.xml"
        for copy in COPIES:
            (object_of(home / copy, B_CODE).root / page).unlink()
        codes, left_out = read_cases(home)
        assert codes == sorted((A_CODE, B_CODE))
        assert [passed_over.why for passed_over in left_out.passed_over] == ["package-file-gone"]


def spoil_both(home: Path, code: str) -> Path:
    """No copy gives this package any more; where it lies below a copy."""
    for copy in COPIES:
        root = object_of(home / copy, code).root
        for file in inventories(root):
            no_json(file)
    return root.relative_to(home / copy)


def test_what_is_sound_nowhere_or_foreign_is_named_and_its_remedies_work(spoilt: Held) -> None:
    archive, home = spoilt.archive, spoilt.home
    place = spoil_both(home, A_CODE)
    as_foreign(home / "kho2")
    drop(home)
    code, document, passed_over = rebuilt(archive)
    assert (code, document["cases"]) == (5, 1)
    foreign = {FOREIGN, "Ảnh của tôi", "ocfl/ghi chú.txt", "audit/Thumbs.db"}
    assert passed_over == {
        place.as_posix(): "package-unsound",
        "acts/agency/của tôi.json": "foreign-in-copy",
    } | dict.fromkeys(foreign, "foreign-in-copy")
    assert archive.ask("case", "show", B_CODE)["state"] == "stored"
    # Remedies: foreign things go out of the copy, the package comes back from a backup.
    shutil.rmtree(home / "kho2" / FOREIGN)
    shutil.rmtree(home / "kho2" / "Ảnh của tôi")
    for key in ("ocfl/ghi chú.txt", "audit/Thumbs.db", "acts/agency/của tôi.json"):
        (home / "kho2" / key).unlink()
    shutil.rmtree(home / "kho1" / place)
    shutil.copytree(spoilt.pristine / "kho1" / place, home / "kho1" / place)
    code, document, passed_over = rebuilt(archive)
    assert (code, document["cases"], passed_over) == (0, 2, {})
    archive.run("work", "--until-empty")
    assert archive.run("fixity", "repair", "--json").document["failed"] == []
    assert archive.run("fixity", "check", "--json").code == 0


def test_evidence_spoilt_in_different_copies_comes_from_the_other(spoilt: Held) -> None:
    archive, home = spoilt.archive, spoilt.home
    acts = sorted((home / "kho1" / "acts" / "agency").glob("*.json"))
    acts[0].write_bytes(b"")
    acts[1].with_name(f"{acts[1].name}.sha256").unlink()
    segments = sorted((home / "kho1" / "audit").iterdir())
    segments[0].write_bytes(segments[0].read_bytes().replace(b'"role":"', b'"role":"x', 1))
    segments[3].unlink()
    other = sorted((home / "kho2" / "audit").iterdir())
    other[1].write_bytes(b"{")
    drop(home)
    code, document, passed_over = rebuilt(archive)
    assert (code, passed_over) == (1, {})
    taken = {(entry["copy"], entry["key"]) for entry in document["read_elsewhere"]}
    assert ("kho1", f"audit/{segments[0].name}") in taken
    assert ("kho1", f"acts/agency/{acts[0].name}") in taken
    assert {"trail-broken", "act-damaged"} <= {
        entry["code"] for entry in document["read_elsewhere"]
    }
    archive.ask("init")
    archive.run("work", "--until-empty")
    assert archive.run("fixity", "repair", "--json").code == 0
    assert archive.ask("audit", "verify")["ok"]


def test_evidence_that_no_copy_gives_is_named_and_the_rest_comes_back(spoilt: Held) -> None:
    archive, home = spoilt.archive, spoilt.home
    agency = next(
        file.name
        for file in (home / "kho1" / "acts" / "agency").glob("*.json")
        if b'"H40.20"' in file.read_bytes()
    )
    segment = sorted((home / "kho1" / "audit").iterdir())[2].name
    for copy in COPIES:
        (home / copy / "acts" / "agency" / agency).write_bytes(b"{}")
        (home / copy / "audit" / segment).write_bytes(b"")
    drop(home)
    code, document, passed_over = rebuilt(archive)
    assert (code, document["cases"]) == (5, 2)
    assert passed_over == {
        f"acts/agency/{agency}": "act-unsound",
        f"audit/{segment}": "segment-unsound",
    }
    assert archive.run("audit", "verify", "--json").code == 5
    for place in (f"acts/agency/{agency}", f"audit/{segment}"):
        shutil.copyfile(spoilt.pristine / "kho1" / place, home / "kho1" / place)
    assert rebuilt(archive)[0] == 0
    assert archive.run("fixity", "repair", "--json").code == 0
    assert archive.ask("audit", "verify")["events"] > 20


def test_case_files_whose_agency_came_back_from_nowhere_are_named(spoilt: Held) -> None:
    archive, home = spoilt.archive, spoilt.home
    for copy in COPIES:
        for file in (home / copy / "acts" / "agency").glob("*.json"):
            if b'"H40.20"' not in file.read_bytes():
                file.write_bytes(b"")
    drop(home)
    code, document, passed_over = rebuilt(archive)
    assert (code, document["cases"]) == (5, 0)
    assert "package-unfit" in passed_over.values()
    codes = [agency["code"] for agency in archive.ask("agency", "list")["agencies"]]
    assert codes == ["H40.20"]


def test_what_the_old_database_still_knows_is_kept(spoilt: Held) -> None:
    archive, home = spoilt.archive, spoilt.home
    before = archive.ask("case", "show", A_CODE)
    agencies = archive.ask("agency", "list")
    gone = object_of(home / "kho1", B_CODE).root.relative_to(home / "kho1")
    spoil_both(home, A_CODE)
    segment = sorted((home / "kho1" / "audit").iterdir())[2].name
    for copy in COPIES:
        shutil.rmtree(home / copy / gone)
        (home / copy / "audit" / segment).write_bytes(b"")
        for file in (home / copy / "acts" / "agency").glob("*.json"):
            file.write_bytes(b"")
    code, document, passed_over = rebuilt(archive)
    assert (code, document["cases"]) == (5, 2)
    assert sorted(passed_over.values()) == ["package-gone", "package-unsound"]
    assert all(entry["kept_by_database"] for entry in document["passed_over"])
    after = archive.ask("case", "show", A_CODE)
    assert after == before | {"indexed": False}  # its words can be read no more
    assert archive.ask("agency", "list") == agencies


def test_a_package_that_the_trail_alone_tells_of_is_named(spoilt: Held) -> None:
    home = spoilt.home
    gone = object_of(home / "kho1", B_CODE).root.relative_to(home / "kho1")
    for copy in COPIES:
        shutil.rmtree(home / copy / gone)
    drop(home)
    code, document, passed_over = rebuilt(spoilt.archive)
    assert (code, document["cases"]) == (5, 1)
    assert passed_over == {gone.as_posix(): "package-gone"}
    shutil.copytree(spoilt.pristine / "kho2" / gone, home / "kho2" / gone)
    assert rebuilt(spoilt.archive)[0] == 0
    assert spoilt.archive.run("fixity", "repair", "--json").code == 0


@pytest.mark.parametrize("left_by_init", [False, True])
def test_a_lost_database_is_told_by_every_command_and_made_anew_by_rebuild(
    spoilt: Held, *, left_by_init: bool
) -> None:
    archive, home = spoilt.archive, spoilt.home
    drop(home)
    if left_by_init:  # as former releases left it
        engine = open_engine(resolve_url("sqlite:///archive.db", home), Bounds())
        upgrade(engine)
        engine.dispose()
    for command in (["init"], *([] if left_by_init else [["fixity", "repair"], ["status"]])):
        answer = archive.run(*command, "--json")
        assert (answer.code, answer.error["code"]) == (4, "database-missing"), command
        assert "archive rebuild" in answer.error["remedy"]
        assert (home / "archive.db").exists() == left_by_init
    assert rebuilt(archive)[0] == 0
    archive.ask("init")
    assert archive.ask("fixity", "repair") == {"repaired": [], "failed": []}
    assert archive.ask("case", "show", A_CODE)["state"] == "stored"


def test_a_foreign_folder_that_nobody_may_look_into_is_named_once(spoilt: Held) -> None:
    archive, home = spoilt.archive, spoilt.home
    drop(home)
    closed = home / "kho1" / "zzz"
    closed.mkdir()
    with nobody(home):
        closed.chmod(0)
        code, document, passed_over = rebuilt(archive)
        closed.chmod(0o700)
    assert (code, document["cases"], passed_over) == (5, 2, {"zzz": "folder-unlisted"})


@contextmanager
def nobody(home: Path) -> Iterator[None]:
    """As an account that has no more rights than the files give; root has all."""
    if os.geteuid() != 0:
        yield
        return
    for path in (home, *home.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    for above in home.parents:
        if above.stat().st_uid == 0 and not above.stat().st_mode & 1:
            above.chmod(0o711)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("at", [0, -1])  # of the folders of packages, the first and the last
def test_what_may_not_be_read_comes_from_the_next_copy(spoilt: Held, at: int) -> None:
    archive, home = spoilt.archive, spoilt.home
    drop(home)
    roots = sorted(object_of(home / "kho1", code).root for code in (A_CODE, B_CODE))
    for file in inventories(roots[1 + at]):
        file.chmod(0)
    closed = roots[at].parent
    with nobody(home):
        closed.chmod(0)
        code, document, passed_over = rebuilt(archive)
        closed.chmod(0o700)
    assert (code, document["cases"], passed_over) == (1, 2, {})
    assert {entry["copy"] for entry in document["read_elsewhere"]} == {"kho1"}
