"""One copy alone, and one event alone, proved on the command line."""

import base64
import json
import shutil
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update

from archive_service.audit import ACT_DIGESTS, record_event
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.evidence.compared.told_acts import held_state
from archive_service.evidence.merkle import is_included
from archive_service.evidence.write_out import write_out_evidence
from archive_service.storage.acts import WrittenAct, parse_act, written_act
from tests.worlds.archive import COPIES, OPERATOR, open_home
from tests.worlds.backed_up import stocked_home
from tests.worlds.command import Answer, Command
from tests.worlds.rewriting import as_owner

KINDS = ("checkpoint", "cosignature", "log-stamp", "stamp-renewal")


@pytest.fixture
def archive(tmp_path: Path) -> Command:
    archive = Command(stocked_home(tmp_path / "home"))
    archive.ask("evidence", "seal")
    return archive


@pytest.fixture
def store(archive: Command, tmp_path: Path) -> Path:
    """A copy that was carried away; nothing of the home lies beside it."""
    return Path(shutil.copytree(archive.home / COPIES[0], tmp_path / "carried" / "copy"))


def verified(archive: Command, store: Path, *more: str) -> Answer:
    return archive.run("audit", "verify", "--store", str(store), *more, "--json")


def test_a_copy_is_proved_without_its_archive(
    archive: Command, store: Path, tmp_path: Path
) -> None:
    medium = tmp_path / "medium"
    medium.mkdir()
    size = archive.ask("evidence", "seal", "--to", str(medium))["checkpoint"]["size"]
    events = archive.ask("audit", "verify")["events"]
    elsewhere = Command(tmp_path / "no-home")
    told = verified(elsewhere, store, "--witness", str(medium))
    assert (told.code, told.document["ok"], told.document["events"]) == (0, True, events)
    proved = {step["step"]: step["until"] for step in told.document["steps"] if step["proved"]}
    assert proved == {"chain": events, "log": size, "witnessed": size}


def test_a_copy_that_lost_its_keys_accuses_no_witness(
    archive: Command, store: Path, tmp_path: Path
) -> None:
    medium = tmp_path / "medium"
    medium.mkdir()
    archive.ask("evidence", "seal", "--to", str(medium))
    shutil.rmtree(store / "acts" / "checkpoint")
    shutil.rmtree(store / "evidence" / "log" / "checkpoint")
    told = verified(archive, store, "--witness", str(medium))
    assert told.code == 5
    assert told.document["first_bad"].startswith("key-missing: witness medium/")
    witnessed = next(step for step in told.document["steps"] if step["step"] == "witnessed")
    assert not witnessed["proved"]


def change_event(store: Path) -> str:
    file = min((store / "audit").iterdir())
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"os:test", b"os:else", 1))
    return "event 2"


def cut_off(store: Path) -> str:
    max((store / "audit").iterdir()).unlink()
    return "rolled-back: copy"


def take_out(store: Path) -> str:
    sorted((store / "audit").iterdir())[1].unlink()
    return "copy audit/"


def change_tile(store: Path) -> str:
    file = next(path for path in (store / "evidence/log/tile/0").rglob("*") if path.is_file())
    file.chmod(0o644)
    file.write_bytes(bytes(len(file.read_bytes())))
    return "copy evidence/log/tile/0/"


def unsign(store: Path) -> str:
    (file,) = (store / "evidence/log/checkpoint").iterdir()
    file.chmod(0o644)
    file.write_text(file.read_text().partition("\n\n")[0] + "\n\n")
    return "forged: copy"


def made_anew(
    store: Path, kind: str, *, stem: str = "", papers: bytes = b"", **more: object
) -> WrittenAct:
    """The first act of its kind as somebody at the disk writes it, with its digest beside it."""
    file = next(iter((store / "acts" / kind).glob("*.json")))
    real = parse_act(f"acts/{kind}/{file.name}", file.read_bytes())
    beside = {key.rpartition(".")[2]: (store / key).read_bytes() for key in real.companions()}
    beside |= {"txt": papers} if papers else {}
    act = written_act(kind, stem or file.stem, real.said() | more, beside)
    if stem:
        file.unlink()
    for key, data in (*act.beside.items(), (act.key, act.data)):
        if (store / key).exists():
            (store / key).chmod(0o644)
        (store / key).write_bytes(data)
    return act


def change_act(store: Path) -> str:
    return f"copy {made_anew(store, 'agency', subject_id='H99').key}"


def rename_act(store: Path) -> str:
    """The same act as of another day."""
    file = next(iter((store / "acts/agency").glob("*.json")))
    stem = f"20200101T000000000000-{file.stem[-36:]}"
    return f"copy {made_anew(store, 'agency', stem=stem).key}"


def add_paper(store: Path) -> str:
    return f"copy {made_anew(store, 'receipt', papers=b'and more').key}"


def change_paper(store: Path) -> str:
    file = next(iter((store / "acts/receipt").glob("*.pdf")))
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"%PDF-1", b"%PDF-2", 1))
    return f"copy acts/receipt/{file.name}"


def take_paper(store: Path) -> str:
    file = next(iter((store / "acts/receipt").glob("*.pdf")))
    file.unlink()
    return f"copy acts/receipt/{file.name}"


def plant_act(store: Path) -> str:
    file = next(iter((store / "acts/agency").glob("*.json")))
    real = parse_act(f"acts/agency/{file.name}", file.read_bytes())
    act = written_act("agency", "20200101T000000000000-x", real.said() | {"id": "x"})
    for key, data in (*act.beside.items(), (act.key, act.data)):
        (store / key).write_bytes(data)
    return f"copy {act.key}"


def take_act(store: Path) -> str:
    file = next(iter((store / "acts/agency").glob("*.json")))
    file.unlink()
    return f"copy acts {file.stem[-36:]}"


def before_all_years(store: Path) -> str:
    return f"copy {made_anew(store, 'agency', at='0001-01-01T00:00:00+14:00').key}"


def empty_trail(store: Path) -> str:
    """Not one event reads; the packages lie there."""
    for file in (store / "audit").iterdir():
        file.chmod(0o644)
        file.write_bytes(b"{}\n{}\n")
    return "copy audit/"


def package(store: Path) -> Path:
    (mark,) = (store / "ocfl").rglob("0=ocfl_object_1.1")
    return mark.parent


def change_package(store: Path) -> str:
    """An inventory that nobody built, of long ago."""
    file = package(store) / "v1" / "inventory.json"
    inventory = json.loads(file.read_bytes())
    inventory["versions"]["v1"]["created"] = "2020-01-01T00:00:00Z"
    file.chmod(0o644)
    file.write_text(json.dumps(inventory))
    return f"copy {file.relative_to(store)}"


def take_package(store: Path) -> str:
    shutil.rmtree(package(store))
    return "copy "


def move_package(store: Path) -> str:
    """To where another would lie."""
    root = package(store)
    other = root.with_name("urn%3auuid%3aX")
    root.rename(other)
    return f"copy {(other / 'v1' / 'inventory.json').relative_to(store)}"


def plant_unreadable(store: Path, kind: str) -> str:
    """It has a digest that fits, and says nothing."""
    act = written_act(kind, "20200101T000000000000-x", {"id": "x", "kind": kind})
    (store / act.key).parent.mkdir(exist_ok=True)
    for key, data in (*act.beside.items(), (act.key, act.data)):
        (store / key).write_bytes(data)
    return f"copy {act.key}"


def plant_damaged(store: Path, kind: str) -> str:
    named = plant_unreadable(store, kind)
    (store / named.removeprefix("copy ")).write_bytes(b"{")
    return named


@pytest.mark.parametrize(
    "spoil",
    [
        *(change_event, cut_off, take_out, change_tile, unsign),
        *(change_act, rename_act, plant_act, take_act, add_paper, change_paper, take_paper),
        *(before_all_years, empty_trail),
        *(change_package, take_package, move_package),
        *(partial(plant_damaged, kind=kind) for kind in KINDS),
        *(partial(plant_unreadable, kind=kind) for kind in KINDS),
    ],
)
def test_what_was_changed_in_a_copy_is_named(archive: Command, store: Path, spoil: object) -> None:
    assert callable(spoil)
    named = spoil(store)
    told = verified(archive, store)
    assert told.code == 5
    assert told.document["first_bad"].startswith(named)


def test_an_act_that_a_later_event_tells_otherwise_is_named(archive: Command, store: Path) -> None:
    """Whoever made it anew in all copies lets the service itself tell of it."""
    copy = archive.home / COPIES[0]
    act = made_anew(copy, "agency", subject_id="H99")
    digest = held_state(parse_act(act.key, act.data))
    with open_home(archive.home) as services:
        with services.writing() as session:
            data = {ACT_DIGESTS: {parse_act(act.key, act.data).document["id"]: digest}}
            record_event(session, "test:noted", subject_id=None, actor=OPERATOR, data=data)
        assert write_out_evidence(services)
    told = verified(archive, copy)
    assert (told.code, told.document["first_bad"]) == (5, f"{COPIES[0]} {act.key}")


def test_a_folder_without_a_trail_is_no_copy(archive: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    told = verified(archive, tmp_path / "empty")
    assert told.error["code"] == "store-empty"


def test_one_event_is_proved_with_its_path(archive: Command) -> None:
    told = archive.ask("audit", "verify", "--event", "5")
    leaf = sha256(b"\x00" + told["line"].encode()).digest()
    assert base64.b64decode(told["leaf"]) == leaf
    path = [base64.b64decode(one) for one in told["path"]]
    assert is_included(leaf, 4, told["size"], path, base64.b64decode(told["root"]))
    assert told["root"] in told["checkpoint"]
    assert told["line"] in archive.run("audit", "verify", "--event", "5").stdout
    for other in ("--store", "--witness"):  # never taken for read when it was not
        mixed = archive.run("audit", "verify", "--event", "5", other, archive.home, "--json")
        assert (mixed.code, mixed.error["code"]) == (2, "command-usage")
    late = archive.run("audit", "verify", "--event", "99999", "--json")
    assert late.error["code"] == "event-unsealed"
    with open_home(archive.home) as services, services.writing() as session:
        forged = update(AuditEvent).where(AuditEvent.number == 5).values(account="x")
        as_owner(session).execute(forged)
    changed = archive.run("audit", "verify", "--event", "5", "--json")
    assert (changed.code, changed.error["code"]) == (5, "event-unproved")
