"""Packages of a transfer in a folder: whole, signed, told by digests, gone on with when killed."""

import hashlib
import io
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest
from lxml import etree
from sqlalchemy import select

from archive_service import clock
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.transfer.transfer import TransferItem, TransferItemState
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.port import Signer
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.finder import SignatureFinder
from archive_service.signing.xml.signature import check_signature
from retention.holds.acts import place_holds
from retention.transfer.given import Amendment
from retention.transfer.packages import build as packages_build
from retention.transfer.refusals import TransferEmptyError, TransferFolderError, TransferStateError
from retention.transfer.register import acts as register_acts
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.command import Command
from tests.worlds.transfer.replies import agreed
from tests.worlds.transfer.transfers import TwoArchives, answered

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def test_each_case_file_has_a_package_that_the_signed_manifest_names(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan, folder = person(services, "lan"), tmp_path / "out"
    told = packages_build.build(services, row, folder=folder, actor=lan)
    assert (told.state, [transfer_item.state for transfer_item in told.items]) == (
        "built",
        ["built"] * 2,
    )
    checked = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, check=True, capture_output=True
    )
    assert checked.stdout.count(b": OK") == 7
    signed = (folder / "manifest.xml").read_bytes()
    assert hashlib.sha256(signed).hexdigest() == told.manifest_sha256
    finder = SignatureFinder()
    read_events(io.BytesIO(signed), finder)
    (found,) = finder.found
    report = check_signature(lambda: io.BytesIO(signed), found, Trust.none(), at=clock.now())
    assert report.intact
    assert report.valid
    named = {
        element.get("code"): (element.get("file"), element.get("sha256"), element.get("size"))
        for element in etree.fromstring(signed).iter("{*}package")
    }
    for transfer_item in told.items:
        place = folder / "packages" / transfer_item.file
        assert named[transfer_item.code] == (
            f"packages/{transfer_item.file}", transfer_item.sha256, str(place.stat().st_size),
        )  # fmt: skip
        names = zipfile.ZipFile(place).namelist()
        assert any(name.endswith("/METS.xml") for name in names)
        assert not any("PREMIS" in name for name in names)
    page = (folder / "index.html").read_text("utf-8")
    assert all(code in page for code in BOTH)
    rebuild(services, actor=OPERATOR)
    assert register_acts.show(services, row, actor=OPERATOR) == told


def test_its_packages_are_valid_but_for_what_the_circular_forces(
    two: TwoArchives, tmp_path: Path, tools: ModuleType
) -> None:
    row, services = agreed(two, tmp_path, OPEN_CODE), two.giver
    lan, folder = person(services, "lan"), tmp_path / "out"
    told = packages_build.build(services, row, folder=folder, actor=lan)
    with zipfile.ZipFile(folder / told.paths[0]) as package:
        package.extractall(tmp_path / "unpacked")
    (root,) = (tmp_path / "unpacked").iterdir()
    failed = {
        rule["id"]
        for rule in tools.commons_ip(root)["validation"]
        if rule["testing"]["outcome"] == "FAILED" and rule["level"] == "MUST"
    }
    assert failed == {"CSIP107", "SIP2"}


def test_it_goes_on_where_it_was_and_makes_anew_what_is_damaged(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan, folder = person(services, "lan"), tmp_path / "out"
    first = packages_build.build(services, row, folder=folder, actor=lan)
    kept, damaged = (folder / "packages" / transfer_item.file for transfer_item in first.items)
    before = kept.stat().st_ino
    damaged.write_bytes(b"x" * damaged.stat().st_size)
    again = packages_build.build(services, row, folder=folder, actor=lan)
    assert kept.stat().st_ino == before
    assert hashlib.sha256(damaged.read_bytes()).hexdigest() == again.items[1].sha256
    assert (
        subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, check=False).returncode == 0
    )


def test_what_is_held_or_changed_by_now_is_left_out(two: TwoArchives, tmp_path: Path) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan = person(services, "lan")
    hung = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    told = packages_build.build(services, row, folder=tmp_path / "a", actor=lan)
    assert [transfer_item.state for transfer_item in told.items] == ["stopped", "built"]
    assert (told.items[0].refusal or {})["code"] == "held"
    describe_case_file(
        services, RESTRICTED_CODE, {0: {"title": "Tên khác"}}, reason="Sửa tên", actor=lan
    )
    with pytest.raises(TransferEmptyError):
        packages_build.build(services, row, folder=tmp_path / "a", actor=lan)
    told = register_acts.show(services, row, actor=lan)
    assert (told.items[1].refusal or {})["code"] == "changed"
    assert list((tmp_path / "a" / "packages").iterdir()) == []


def test_a_folder_of_something_else_and_a_register_without_answer_are_refused(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = agreed(two, tmp_path, OPEN_CODE), two.giver
    lan = person(services, "lan")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thư.txt").write_text("x", "utf-8")
    with pytest.raises(TransferFolderError):
        packages_build.build(services, row, folder=tmp_path / "other", actor=lan)
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thư.txt"]
    register_acts.amend(services, row, Amendment(), actor=lan)
    with pytest.raises(TransferStateError):
        packages_build.build(services, row, folder=tmp_path / "out", actor=lan)


def test_the_command_builds_into_a_folder(home: Path, tmp_path: Path) -> None:
    with open_home(home) as services:
        row = answered(services, OPEN_CODE)
    archive = Command(home)
    told = archive.ask("transfer", "build", row, "--to", tmp_path / "out", account="lan")
    assert told["paths"] == [f"packages/{told['items'][0]['file']}"]
    assert (tmp_path / "out" / told["paths"][0]).is_file()


def meanwhile(services: Services, act: Callable[[], object]) -> Services:
    """The same archive, where something happens whenever its key is asked for."""

    class Busy(Services):
        def signer(self, agency: str | None = None) -> Signer:
            act()
            return services.signer(agency)

    return Busy(**{field.name: getattr(services, field.name) for field in fields(Services)})


def test_others_write_while_manifest_and_lists_are_signed_and_written(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan, seen = person(services, "lan"), list[bool]()

    def write() -> None:
        with services.unit_of_work() as uow:  # waits for whoever holds the lock, and gives up
            take_write_lock(uow.session)
            seen.append(True)

    busy = meanwhile(services, write)
    told = packages_build.build(busy, row, folder=tmp_path / "out", actor=lan)
    assert told.state == "built"
    assert len(seen) == 3  # two papers and the manifest


def test_a_register_that_is_amended_while_its_manifest_is_signed_is_not_built(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan, seen = person(services, "lan"), list[bool]()

    def amend() -> None:
        seen.append(True)
        if len(seen) == 3:
            register_acts.amend(services, row, Amendment(drop=[RESTRICTED_CODE]), actor=lan)

    busy = meanwhile(services, amend)
    with pytest.raises(TransferStateError):
        packages_build.build(busy, row, folder=tmp_path / "out", actor=lan)
    told = register_acts.show(services, row, actor=OPERATOR)
    assert (told.state, told.manifest_sha256) == ("draft", None)
    assert len(seen) == 3


def test_what_is_dropped_while_the_manifest_is_signed_does_not_lie_in_it(
    two: TwoArchives, tmp_path: Path
) -> None:
    """A building of the same transfer stops one meanwhile: manifest and lists are made again."""
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan, folder = person(services, "lan"), tmp_path / "out"
    seen = list[bool]()

    def stop() -> None:
        seen.append(True)
        if len(seen) == 3:
            with services.writing() as session:
                item = session.scalars(
                    select(TransferItem).where(TransferItem.code == RESTRICTED_CODE)
                ).one()
                item.state, item.refusal = TransferItemState.STOPPED, {"code": "held", "facts": {}}

    told = packages_build.build(meanwhile(services, stop), row, folder=folder, actor=lan)
    assert [transfer_item.state for transfer_item in told.items] == ["built", "stopped"]
    assert len(list((folder / "packages").iterdir())) == 1
    manifest = (folder / "manifest.xml").read_text("utf-8")
    assert (OPEN_CODE in manifest, RESTRICTED_CODE in manifest) == (True, False)
    assert hashlib.sha256(manifest.encode()).hexdigest() == told.manifest_sha256
    subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, check=True)
