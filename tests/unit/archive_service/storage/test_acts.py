"""Acts are written once, into every copy, with their digest beside them."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from archive_service.storage.acts import (
    ActDamagedError,
    iter_acts,
    read_act,
    write_acts,
    written_act,
)
from archive_service.storage.port import ObjectExistsError, StoreUnreachableError
from tests.worlds.stored_objects import LyingStore, flipped, new_copy, write_act

DOCUMENT = {"act": "receipt", "code": "000.00.18.H40.2011.01.TH", "by": "Nguyễn Văn A"}


def test_an_act_lies_in_every_copy(tmp_path: Path) -> None:
    copies = [new_copy(tmp_path / name) for name in ("a", "b")]
    key = write_act("receipt", "0001", DOCUMENT, copies=copies)
    assert key == "acts/receipt/0001.json"
    for copy in copies:
        assert [act.document for act in iter_acts(copy)] == [DOCUMENT]
        assert read_act(copy, key).kind == "receipt"
        assert read_act(copy, key).name == "0001"


def test_the_bytes_of_an_act_are_made_once_for_all_copies(tmp_path: Path) -> None:
    copies = [new_copy(tmp_path / name) for name in ("a", "b")]
    said = dict(DOCUMENT)
    acts = [written_act("receipt", name, said, {"pdf": b"%PDF"}) for name in ("0001", "0002")]
    for copy in copies:
        write_acts(acts, copy=copy)
        said["by"] = "Trần Thị B"  # nobody asks it any more
        write_acts(acts[:1], copy=copy)
        assert [act.said() for act in iter_acts(copy)] == [DOCUMENT, DOCUMENT]
        assert [len(act.companions()) for act in iter_acts(copy)] == [1, 1]


def test_the_same_act_may_come_again(tmp_path: Path) -> None:
    copies = [new_copy(tmp_path)]
    write_act("hold", "0001", DOCUMENT, copies=copies)
    write_act("hold", "0001", DOCUMENT, copies=copies)
    assert len(list(iter_acts(copies[0], "hold"))) == 1


def test_one_step_has_one_wording(tmp_path: Path) -> None:
    copies = [new_copy(tmp_path)]
    write_act("hold", "0001", DOCUMENT, copies=copies)
    with pytest.raises(ObjectExistsError):
        write_act("hold", "0001", {**DOCUMENT, "by": "Trần Thị B"}, copies=copies)
    assert [act.document for act in iter_acts(copies[0])] == [DOCUMENT]


def test_a_companion_lies_beside_and_is_named_by_its_digest(tmp_path: Path) -> None:
    copy = new_copy(tmp_path)
    key = write_act("receipt", "0001", DOCUMENT, copies=[copy], companions={"pdf": b"%PDF"})
    digest = hashlib.sha256(b"%PDF").hexdigest()
    assert read_act(copy, key).companions() == {"acts/receipt/0001.pdf": digest}
    assert (tmp_path / "acts/receipt/0001.pdf").read_bytes() == b"%PDF"


def test_public_tools_can_check_an_act(tmp_path: Path) -> None:
    write_act("receipt", "0001", DOCUMENT, copies=[new_copy(tmp_path)])
    folder = tmp_path / "acts" / "receipt"
    command = ["sha256sum", "--strict", "-c", "0001.json.sha256"]
    assert subprocess.run(command, cwd=folder, check=False).returncode == 0


def test_a_damaged_act_is_not_read(tmp_path: Path) -> None:
    copy = new_copy(tmp_path)
    key = write_act("receipt", "0001", DOCUMENT, copies=[copy])
    path = tmp_path / key
    path.write_bytes(path.read_bytes().replace(b"Nguy", b"Nhuy"))
    with pytest.raises(ActDamagedError):
        read_act(copy, key)


def test_an_act_that_does_not_read_back_is_not_reported_done(tmp_path: Path) -> None:
    lying = LyingStore(
        new_copy(tmp_path), lambda key, data, _: flipped(data) if key.endswith("1.json") else data
    )
    with pytest.raises(Exception, match="transfer-damaged"):
        write_act("receipt", "0001", DOCUMENT, copies=[lying])


def test_a_copy_that_is_away_makes_the_act_wait_and_the_other_copy_have_it(tmp_path: Path) -> None:
    here, away = new_copy(tmp_path / "here"), new_copy(tmp_path / "away")
    (tmp_path / "away").rename(tmp_path / "unmounted")
    with pytest.raises(StoreUnreachableError):
        write_act("receipt", "0001", DOCUMENT, copies=[away, here])
    (tmp_path / "unmounted").rename(tmp_path / "away")
    write_act("receipt", "0001", DOCUMENT, copies=[away, here])
    assert [act.document for act in iter_acts(away)] == [act.document for act in iter_acts(here)]
