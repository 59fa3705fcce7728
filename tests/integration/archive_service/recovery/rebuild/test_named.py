"""A rebuild names what it saw spoilt, though the archive came back whole."""

from tests.worlds.main_job import A_CODE, Held
from tests.worlds.shelf import object_of


def test_a_spoilt_root_inventory_and_a_copy_without_its_name_are_told(spoilt: Held) -> None:
    archive, home = spoilt.archive, spoilt.home
    root = object_of(home / "kho1", A_CODE).root
    (root / "inventory.json").write_bytes(b"{")
    answer = archive.run("rebuild", "--json")
    assert (answer.code, answer.document["passed_over"]) == (1, [])
    (seen,) = [one for one in answer.document["read_elsewhere"] if "inventory.json" in one["key"]]
    key = f"{root.relative_to(home / 'kho1').as_posix()}/inventory.json"
    assert (seen["key"], seen["copy"], seen["code"]) == (key, "kho1", "inventory-damaged")
    assert seen["source"].startswith("kho1/v")
    assert key in archive.run("rebuild").stderr

    (home / "kho2" / "copy.json").rename(home / "copy.json")
    answer = archive.run("rebuild", "--json")
    (lost,) = answer.document["copies_not_read"]
    assert (answer.code, lost["copy"], lost["key"]) == (1, "kho2", "copy.json")
    assert lost["code"] == "copy-identity-gone"
    told = archive.run("rebuild").stderr
    assert "Kho “kho2” không còn tệp định danh copy.json" in told
    # The remedies that were told.
    (home / "copy.json").rename(home / "kho2" / "copy.json")
    archive.run("fixity", "repair")
    answer = archive.run("rebuild", "--json")
    assert (answer.code, answer.document["read_elsewhere"]) == (0, [])
    assert answer.document["copies_not_read"] == []
