"""What an archive hands over without a shell: built, written, taken in and answered from pages."""

import datetime as dt
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from archive_service import clock, messages
from archive_service.app import create_app
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Account
from archive_service.services import Services
from ingest.uploads.acts import keep_files
from retention.transfer.given import Withdrawal
from retention.transfer.jobs import BUILD_JOB, RECEIVE_JOB, WRITE_JOB, sweep_built
from retention.transfer.register.answer import withdraw
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, session_token
from tests.worlds.door import write_pdf
from tests.worlds.transfer.transfers import TwoArchives, answered, make_permanent

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def two(two: TwoArchives, tmp_path: Path) -> TwoArchives:
    """Both, on machines that disks are attached to below the same folder."""
    (tmp_path / "media" / "USB 1").mkdir(parents=True)
    roots = [str(tmp_path / "media")]
    return TwoArchives(_with_disks(two.giver, roots), _with_disks(two.receiver, roots))


def _with_disks(services: Services, roots: list[str]) -> Services:
    transfer = services.settings.transfer.model_copy(update={"disks": roots})
    return replace(services, settings=services.settings.model_copy(update={"transfer": transfer}))


def desk(services: Services, name: str = "lan") -> FlaskClient:
    return browser_of(create_app(services), services, name)


def upload(client: FlaskClient, path: str, files: dict[str, tuple[bytes, str]]) -> TestResponse:
    given = {name: (io.BytesIO(data), called) for name, (data, called) in files.items()}
    data = {"csrf_token": session_token(client)} | given
    return client.post(path, data=data, content_type="multipart/form-data")


def said(code: str, **facts: object) -> str:
    return messages.error(code, "vi", facts).message


def jobs_of(services: Services, name: str) -> list[Job]:
    with services.read_only() as session:
        return list(session.scalars(select(Job).where(Job.name == name).order_by(Job.created_at)))


def onto_disk(two: TwoArchives, tmp_path: Path) -> tuple[str, Path]:
    """The page of a transfer that was built and written from it; the folder on the disk."""
    at = f"/nop-luu/{answered(two.giver, *BOTH)}"
    lan = desk(two.giver)
    assert post(lan, f"{at}/packages").status_code == 303
    do_all(two.giver)
    disk = str(tmp_path / "media" / "USB 1")
    wanted = {"disk": disk, "label": "NL-01", "disk_place": "Tủ 2"}
    assert post(lan, f"{at}/disks", **wanted).status_code == 303
    do_all(two.giver)
    (folder,) = Path(disk).iterdir()
    return at, folder


def test_a_transfer_is_built_and_written_from_its_page(two: TwoArchives, tmp_path: Path) -> None:
    row = answered(two.giver, *BOTH)
    at, lan = f"/nop-luu/{row}", desk(two.giver)
    page = lan.get(at).text
    assert 'id="build-form"' in page
    assert 'id="write-form"' not in page
    assert "aria-invalid" not in page
    assert post(lan, f"{at}/packages", medium_bytes="1").status_code == 400
    assert post(desk(two.giver, "kiem"), f"{at}/packages").status_code == 403
    assert post(lan, f"{at}/packages", bag="1").status_code == 303
    page = lan.get(at).text
    assert "Đang đóng gói" in page
    assert 'id="build-form"' not in page
    assert post(lan, f"{at}/packages").status_code == 303
    assert len(jobs_of(two.giver, BUILD_JOB)) == 1, "one builds"
    do_all(two.giver)
    page = lan.get(at).text
    assert "Đóng gói lại" in page
    assert "Đã đóng gói" in page

    assert "aria-invalid" not in page
    elsewhere = post(lan, f"{at}/disks", disk=str(tmp_path))
    assert elsewhere.status_code == 422
    assert re.search(r'id="disk"[^>]*aria-invalid="true"', elsewhere.text)
    disk = str(tmp_path / "media" / "USB 1")
    for field, name in (("label", "label"), ("disk_place", "disk_place")):
        wrong = post(lan, f"{at}/disks", disk=disk, **{field: "x" * 301})
        assert re.search(rf'id="{name}"[^>]*aria-invalid="true"', wrong.text), field
    assert post(lan, f"{at}/disks", disk=disk, medium="9").status_code == 404
    given = {"disk": disk, "label": "NL-01", "disk_place": "Tủ 2, ngăn 1"}
    assert post(lan, f"{at}/disks", **given).status_code == 303
    assert "Chưa rút đĩa" in lan.get(at).text
    do_all(two.giver)
    page = lan.get(at).text
    assert "Đã ghi" in page
    assert "NL-01" in page
    assert 'value="Tủ 2, ngăn 1"' in page
    assert re.search(r'<details class="panel" id="write" >\s*<summary[^>]*>Ghi lại ra đĩa', page)
    assert '<details class="panel" id="write" open' in post(lan, f"{at}/disks", disk="").text
    (folder,) = Path(disk).iterdir()
    assert len(list((folder / "packages").iterdir())) == 2


def test_a_disk_is_encrypted_for_keys_that_are_given(two: TwoArchives, tmp_path: Path) -> None:
    from pyrage.x25519 import Identity

    at, lan = f"/nop-luu/{answered(two.giver, OPEN_CODE)}", desk(two.giver)
    post(lan, f"{at}/packages")
    do_all(two.giver)
    disk = tmp_path / "media" / "USB 1"
    form = {"csrf_token": session_token(lan), "disk": str(disk)}
    unfit = form | {"lock_keys": (io.BytesIO(b"nothing"), "k.txt")}
    refused = lan.post(f"{at}/disks", data=unfit, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert re.search(r'id="lock_keys"[^>]*aria-invalid="true"', refused.text)
    public = str(Identity.generate().to_public()).encode()
    fit = form | {"lock_keys": (io.BytesIO(public), "k.txt")}
    done = lan.post(f"{at}/disks", data=fit, content_type="multipart/form-data")
    assert done.status_code == 303
    do_all(two.giver)
    (folder,) = disk.iterdir()
    assert (folder / "manifest.xml.age").is_file()
    assert not (folder / "manifest.xml").exists()


def test_a_disk_that_was_pulled_is_told_at_the_page(two: TwoArchives, tmp_path: Path) -> None:
    at, lan = f"/nop-luu/{answered(two.giver, OPEN_CODE)}", desk(two.giver)
    post(lan, f"{at}/packages")
    do_all(two.giver)
    disk = tmp_path / "media" / "USB 1"
    post(lan, f"{at}/disks", disk=str(disk))
    disk.rename(tmp_path / "pulled")
    do_all(two.giver)
    (job,) = jobs_of(two.giver, WRITE_JOB)
    assert job.state is JobState.FAILED
    page = lan.get(at).text
    assert said("transfer-disk-not-offered", path=str(disk)) in page
    assert "Chưa thấy đĩa nào" in page
    (tmp_path / "pulled").rename(disk)
    post(lan, f"{at}/disks", disk=str(disk))
    do_all(two.giver)
    assert said("transfer-disk-not-offered", path=str(disk)) not in lan.get(at).text


def test_who_may_not_any_more_has_nothing_built(two: TwoArchives) -> None:
    row = answered(two.giver, OPEN_CODE)
    lan = desk(two.giver)
    post(lan, f"/nop-luu/{row}/packages")
    with two.giver.writing() as session:
        session.execute(update(Account).where(Account.name == "lan").values(active=False))
    do_all(two.giver)
    (job,) = jobs_of(two.giver, BUILD_JOB)
    assert (job.state, job.error["code"]) == (JobState.FAILED, "transfer-asker-gone")


def test_what_was_built_at_a_page_goes_once_the_transfer_is_over(two: TwoArchives) -> None:
    row = answered(two.giver, OPEN_CODE)
    post(desk(two.giver), f"/nop-luu/{row}/packages", medium_bytes="4700000000")
    do_all(two.giver)
    outbox = two.giver.settings.home / "transfers"
    (folder,) = outbox.iterdir()
    assert folder.name == f"{row.hex}-4700000000"
    (outbox / "cua-nguoi-khac").mkdir()
    sweep_built(two.giver)
    assert folder.is_dir()
    withdraw(two.giver, row, Withdrawal(reason="Nhầm đợt"), actor=person(two.giver, "lan"))
    sweep_built(two.giver)
    assert [path.name for path in outbox.iterdir()] == ["cua-nguoi-khac"]


def test_a_disk_is_taken_in_and_goes_back_with_its_reply(two: TwoArchives, tmp_path: Path) -> None:
    at, folder = onto_disk(two, tmp_path)
    here, there = desk(two.giver), desk(two.receiver)
    assert desk(two.giver).get("/nop-luu").text.count("/nop-luu/receive") == 0
    assert "/nop-luu/receive" in there.get("/nop-luu").text
    assert f'value="{folder}"' in there.get("/nop-luu/receive").text
    assert post(here, "/nop-luu/receive", folder=str(folder)).status_code == 409
    wrong = post(there, "/nop-luu/receive", folder=str(tmp_path))
    assert wrong.status_code == 422
    assert said("transfer-disk-not-offered", path=str(tmp_path)) in wrong.text
    assert post(there, "/nop-luu/receive", folder=str(folder)).status_code == 303
    assert "Đang nhận" in there.get("/nop-luu/receive").text
    do_all(two.receiver)
    page = there.get("/nop-luu/receive").text
    assert "2 gói tin đến lần này." in page
    assert at in page
    post(there, f"{at}/decision")
    do_all(two.receiver)
    assert f'value="{folder}"' in there.get(at).text
    lost = post(there, f"{at}/reply", folder=str(tmp_path))
    assert re.search(r'id="folder"[^>]*aria-invalid="true"', lost.text)
    assert post(there, f"{at}/reply", folder=str(folder)).status_code == 303
    assert (folder / "reply-001.xml").is_file()
    assert (folder / "bien-ban-giao-nhan.pdf").is_file()
    assert post(here, f"{at}/replies", folder=str(folder)).status_code == 303
    page = here.get(at).text
    assert "Bên nhận đã xác nhận" in page
    assert "/papers/minutes.pdf" in page


def test_a_disk_is_taken_in_from_files_that_are_uploaded(two: TwoArchives, tmp_path: Path) -> None:
    at, folder = onto_disk(two, tmp_path)
    there = desk(two.receiver)
    none = upload(there, "/nop-luu/receive/files", {})
    assert none.status_code == 422
    assert said("transfer-unchosen") in none.text

    def sent(*names: str) -> TestResponse:
        files = [
            (io.BytesIO((folder / name).read_bytes()), f"{folder.name}/{name}") for name in names
        ]
        data = {"csrf_token": session_token(there), "files": files}
        return there.post("/nop-luu/receive/files", data=data, content_type="multipart/form-data")

    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    assert sent(*names).status_code == 303
    (job,) = jobs_of(two.receiver, RECEIVE_JOB)
    assert Path(job.checkpoint["folder"]).is_dir()
    do_all(two.receiver)
    page = there.get("/nop-luu/receive").text
    assert "2 gói tin đến lần này." in page
    assert folder.name in page
    assert not Path(job.checkpoint["folder"]).exists()
    assert "chờ quyết định" in there.get(at).text
    twice = sent(names[0], names[0])
    assert twice.status_code == 422
    assert said("transfer-path", name=names[0]) in twice.text


@pytest.mark.parametrize("path", ["../../manifest.xml", "/etc/passwd", "a/" * 9 + "b", "x" * 300])
def test_no_upload_leaves_its_folder(two: TwoArchives, path: str) -> None:
    there = desk(two.receiver)
    lan = person(two.receiver, "lan")
    (one,) = keep_files(two.receiver, [("manifest.xml", io.BytesIO(b"x"))], actor=lan)
    data = {"csrf_token": session_token(there), "upload": str(one.upload), "path": path}
    refused = there.post("/nop-luu/receive/files", data=data)
    assert refused.status_code == 422
    assert "ra ngoài thư mục" in refused.text
    box = two.receiver.settings.home / "transfer-inbox"
    assert not list(box.iterdir())


def test_a_receipt_on_paper_is_noted_with_its_scan(two: TwoArchives, tmp_path: Path) -> None:
    at, _ = onto_disk(two, tmp_path)
    lan, today = desk(two.giver), clock.today()
    assert "Ghi biên nhận trên giấy" in lan.get(at).text
    scan = write_pdf(tmp_path / "scan" / "bien-nhan.pdf").read_bytes()

    def noted(**form: str) -> TestResponse:
        given = {"receipt_number": "7/BN", "receipt_on": today.isoformat()} | form
        data = {"csrf_token": session_token(lan), "scan": (io.BytesIO(scan), "b.pdf")} | given
        return lan.post(f"{at}/receipt", data=data, content_type="multipart/form-data")

    wrongs = {
        "receipt_number": {"receipt_number": "", "all_kept": "1"},
        "receipt_on": {"receipt_on": (today + dt.timedelta(days=1)).isoformat(), "all_kept": "1"},
        "kept": {"kept": "H40.18.1999.01.XX"},
        "receipt_returned": {"receipt_returned": OPEN_CODE},
    }
    for field, form in wrongs.items():
        refused = noted(**form)
        assert refused.status_code == 422, field
        assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', refused.text), field
    unscanned = post(lan, f"{at}/receipt", receipt_on=today.isoformat(), all_kept="1")
    assert re.search(r'id="scan"[^>]*aria-invalid="true"', unscanned.text)
    done = noted(kept=f"{OPEN_CODE}: T-99", receipt_returned=f"{RESTRICTED_CODE}: Mờ")
    assert done.status_code == 303
    page = lan.get(at).text
    assert "Mã mới T-99," in page, "nobody said whose code it is"
    assert "Mờ" in page


def test_a_receipt_on_paper_without_a_new_code_says_so(two: TwoArchives, tmp_path: Path) -> None:
    at, _ = onto_disk(two, tmp_path)
    lan = desk(two.giver)
    scan = write_pdf(tmp_path / "scan" / "bien-nhan.pdf").read_bytes()
    given = {"receipt_number": "7/BN", "receipt_on": clock.today().isoformat(), "all_kept": "1"}
    data = {"csrf_token": session_token(lan), "scan": (io.BytesIO(scan), "b.pdf")} | given
    done = lan.post(f"{at}/receipt", data=data, content_type="multipart/form-data")
    assert done.status_code == 303
    page = lan.get(at).text
    assert "Đã xác nhận, không nêu mã mới" in page
    assert "Mã mới" not in page


def test_case_files_ticked_in_the_list_go_onto_a_register(two: TwoArchives) -> None:
    make_permanent(two.giver, *BOTH)
    lan = desk(two.giver)
    page = lan.get("/case-files").text
    assert 'formaction="/nop-luu/new"' in page
    page = lan.get("/nop-luu/new", query_string={"code": list(BOTH)}).text
    assert all(f'value="{code}" checked' in page for code in BOTH)
    assert 'formaction="/nop-luu/new"' not in desk(two.giver, "kiem").get("/case-files").text
