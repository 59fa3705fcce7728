"""Packages are downloaded for a disk that is plugged in somewhere else than at the server."""

import hashlib
import io
import re
import zipfile
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service import messages
from archive_service.app import create_app
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.services import Services
from retention.holds.acts import place_holds
from retention.transfer.disks.disk import BuiltDamagedError
from retention.transfer.packages import build as packages_build
from retention.transfer.receiving.receive import receive
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.replies import agreed, packed, shown, states
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def desk(services: Services, name: str = "lan") -> FlaskClient:
    return browser_of(create_app(services), services, name)


def unpacked(data: bytes, folder: Path) -> Path:
    """Onto the disk, as an archivist does; the one folder that is in it."""
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        assert {entry.compress_type for entry in found.infolist()} == {zipfile.ZIP_STORED}
        found.extractall(folder)
    (top,) = folder.iterdir()
    return top


def said(code: str, **facts: object) -> str:
    return messages.error(code, "vi", facts).message


def test_what_is_downloaded_is_what_was_built_and_is_taken_in_by_the_other_archive(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    at, lan = f"/nop-luu/{row}", desk(two.giver)
    assert f'action="{at}/media/1/download"' in lan.get(at).text
    early = post(lan, f"{at}/carried", carried_medium="1")
    number = shown(two.giver, row).number
    assert early.status_code == 409
    assert said("transfer-not-downloaded", number=number, medium=1) in early.text

    answer = post(lan, f"{at}/media/1/download")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.is_streamed
    named = rf"attachment; filename=nop-luu-{number.replace('/', '-')}-{row.hex[:8]}\.zip"
    assert re.fullmatch(named, answer.headers["Content-Disposition"])
    disk = unpacked(answer.data, tmp_path / "stick")
    lines = (disk / "SHA256SUMS").read_text("utf-8").splitlines()
    files = {path.relative_to(disk).as_posix() for path in disk.rglob("*") if path.is_file()}
    assert files == {"SHA256SUMS", *(line.partition("  ")[2] for line in lines)}
    for line in lines:
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((disk / name).read_bytes()).hexdigest() == digest
    with two.giver.read_only() as session:
        query = select(AuditEvent).where(AuditEvent.tag == "transfer:downloaded")
        (event,) = session.scalars(query)
        assert (event.account, event.data["medium"]) == ("lan", 1)
    assert shown(two.giver, row).state == "built", "nobody said that it lies on a disk"

    long = post(lan, f"{at}/carried", carried_medium="1", carried_label="x" * 301)
    assert re.search(r'id="carried_label"[^>]*aria-invalid="true"', long.text)
    form = {"carried_medium": "1", "carried_label": "NL-01", "carried_place": "Văn thư"}
    assert post(lan, f"{at}/carried", **form).status_code == 303
    told = shown(two.giver, row)
    assert (told.state, states(told)) == ("sent", ["sent", "sent"])
    page = lan.get(at).text
    assert "NL-01" in page
    assert "Tải lại để chép ra đĩa" in page
    taken = receive(two.receiver, disk, actor=person(two.receiver, "lan"))
    assert (taken.arrived, taken.damaged, taken.unknown) == (2, [], [])


def test_each_disk_of_several_is_downloaded_by_itself(two: TwoArchives, tmp_path: Path) -> None:
    row = agreed(two, tmp_path, *BOTH)
    lan = person(two.giver, "lan")
    packages_build.build(two.giver, row, folder=tmp_path / "one", actor=lan)
    largest = max(path.stat().st_size for path in (tmp_path / "one" / "packages").iterdir())
    size = largest + (600 << 10)
    packages_build.build(two.giver, row, folder=tmp_path / "out", medium_bytes=size, actor=lan)
    at, browser = f"/nop-luu/{row}", desk(two.giver)
    found = []
    for number in (1, 2):
        data = post(browser, f"{at}/media/{number}/download").data
        disk = unpacked(data, tmp_path / f"stick-{number}")
        assert disk.name.endswith(f"-{number}")
        found += [path.name for path in (disk / "packages").iterdir()]
        assert shown(two.giver, row).state == "built"
        assert post(browser, f"{at}/carried", carried_medium=str(number)).status_code == 303
    assert len(found) == 2
    assert shown(two.giver, row).state == "sent"
    assert post(browser, f"{at}/media/3/download").status_code == 404


def test_what_may_not_leave_or_is_damaged_is_not_downloaded(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    at, lan = f"/nop-luu/{row}", desk(two.giver)
    assert post(desk(two.giver, "kiem"), f"{at}/media/1/download").status_code == 403
    package = next((tmp_path / "out" / "packages").iterdir())
    whole = package.read_bytes()
    package.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(BuiltDamagedError):  # the line breaks off: no browser takes it for whole
        _ = post(lan, f"{at}/media/1/download").data
    package.write_bytes(whole)
    lan_there = person(two.giver, "lan")
    packages_build.build(two.giver, row, folder=tmp_path / "again", actor=lan_there)
    early = post(lan, f"{at}/carried", carried_medium="1")
    assert early.status_code == 409, "what was downloaded is not what is built now"
    place_holds(
        two.giver,
        [OPEN_CODE],
        reason="Thanh tra đang xem xét",
        authority="QĐ 15/QĐ-TTr",
        actor=person(two.giver, "hung"),
    )
    held = post(lan, f"{at}/media/1/download")
    assert held.status_code == 409
    assert said("transfer-kept-back", codes=[OPEN_CODE]) in held.text
    (tmp_path / "again").rename(tmp_path / "elsewhere")
    assert f'action="{at}/media/1/download"' not in lan.get(at).text
    assert post(lan, f"{at}/media/1/download").status_code == 422
