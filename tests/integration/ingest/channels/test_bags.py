"""Bags (RFC 8493) as a way in: their manifests are compared, and what lies in them is read."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archive_service.catalogue.linking.acts import link
from archive_service.catalogue.linking.given import LinkIn
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission
from archive_service.recovery.export.case_file import export_case_file
from ingest.channels.bag import BagWithoutManifestError, BagWithoutPayloadError, as_bag
from ingest.channels.opening import open_parcel
from tests.integration.ingest.channels.bags import bagged, zipped
from tests.worlds.archive import mixed_case, new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.door import FIRST_CODE, Door, codes, finding, many_cases, one_case
from tests.worlds.holding import case_of
from tests.worlds.ingest.sent_packages import lay_down, sip
from tests.worlds.papers.bad_input import small_case
from tests.worlds.transfer.handed_over import brought_in, described, opened_historical, taken_over


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """A folder with its two sheets, in a bag of the reference program."""
    return bagged(one_case(tmp_path / "bag"))


def errors(submission: Submission) -> list[tuple[str, str]]:
    return [(row.code, row.place) for row in submission.findings if row.severity is Severity.ERROR]


def pdf_in(bag: Path) -> Path:
    return next((bag / "data").rglob("*.pdf"))


def test_a_bag_is_what_lies_in_it_as_folder_and_as_zip(door: Door, bag: Path) -> None:
    submission = door.checked(bag)
    assert (submission.code, submission.channel) == (FIRST_CODE, "bag")
    assert errors(submission) == []
    beside = {file.path for file in submission.unnamed_files()}
    assert {"bagit/manifest-sha256.txt", "bagit/bag-info.txt"} < beside
    assert "file-not-named" not in codes(submission)
    assert door.receive(zipped(bag)) == [submission.id], "the same case file, whatever is around it"


def test_a_bag_without_its_payload_is_refused_as_that(door: Door, bag: Path) -> None:
    shutil.rmtree(bag / "data")
    with pytest.raises(BagWithoutPayloadError):
        door.receive(bag)


@pytest.mark.parametrize("algorithms", [("sha256",), ("sha512", "md5"), ("sha1",), ("blake2b",)])
def test_a_flipped_bit_is_told_by_the_name_of_its_file(
    door: Door, tmp_path: Path, algorithms: tuple[str, ...]
) -> None:
    bag = bagged(one_case(tmp_path / "bag"), *algorithms)
    assert errors(door.checked(zipped(bag))) == []
    spoilt = pdf_in(bag)
    data = spoilt.read_bytes()
    spoilt.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    told = [error for error in errors(door.checked(bag)) if error[0].startswith("bag-")]
    place = spoilt.relative_to(bag / "data").as_posix()
    assert told == [("bag-digest-differs", place)] * len(algorithms)


def test_a_missing_file_and_one_that_no_manifest_names_are_told(door: Door, bag: Path) -> None:
    gone = pdf_in(bag)
    gone.unlink()
    (bag / "data" / "thêm.pdf").write_bytes(b"%PDF-1.4")
    submission = door.checked(bag)
    named = {row.code: row.place for row in submission.findings if row.code.startswith("bag-")}
    assert named == {
        "bag-file-missing": gone.relative_to(bag).as_posix(),
        "bag-file-extra": "data/thêm.pdf",
    }


def test_what_no_row_names_is_compared_too(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "bag")
    (folder / "ghi chú.txt").write_text("một", encoding="utf-8")
    bag = bagged(folder)
    (bag / "data" / "ghi chú.txt").write_text("hai", encoding="utf-8")
    assert finding(door.checked(bag), "bag-digest-differs").place == "ghi chú.txt"


def test_of_many_case_files_the_one_is_told_whose_file_it_is(door: Door, tmp_path: Path) -> None:
    bag = bagged(many_cases(tmp_path / "bag", (1, 2)))
    spoilt = sorted((bag / "data").rglob("*.pdf"))[1]
    spoilt.write_bytes(spoilt.read_bytes() + b"\n")
    first, second = (door.check(identifier) for identifier in door.receive(bag))
    assert errors(first) == []
    assert ("bag-digest-differs", spoilt.name) in errors(second)


def test_a_bag_that_proves_nothing_is_refused(door: Door, bag: Path) -> None:
    (bag / "manifest-sha256.txt").rename(bag / "manifest-crc32.txt")
    with pytest.raises(BagWithoutManifestError):
        door.receive(bag)
    assert door.submissions() == []


def test_damaged_manifests_are_told_with_their_line(door: Door, bag: Path) -> None:
    with (bag / "manifest-sha256.txt").open("a") as manifest:
        manifest.write("no digest here\n")
    shutil.copy(bag / "manifest-sha256.txt", bag / "manifest-crc32.txt")
    submission = door.checked(bag)
    assert finding(submission, "bag-manifest-damaged").facts["line"] == 3
    assert finding(submission, "bag-digest-unknown").facts["algorithm"] == "crc32"


def test_a_digest_that_is_cut_short_is_told_as_that_and_blames_no_file(
    door: Door, bag: Path
) -> None:
    manifest = bag / "manifest-sha256.txt"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text[:40] + text[64:], encoding="utf-8")
    submission = door.checked(bag)
    assert errors(submission) == [
        ("bag-manifest-damaged", "manifest-sha256.txt"),
        ("bag-digest-differs", "bagit/manifest-sha256.txt"),  # by the manifest of tag files
    ]


def test_a_bag_whose_declaration_was_left_out_is_a_bag(door: Door, bag: Path) -> None:
    (bag / "bagit.txt").unlink()
    submission = door.checked(bag)
    assert (submission.code, submission.channel) == (FIRST_CODE, "bag")
    assert finding(submission, "bag-declaration").severity is Severity.WARNING
    assert errors(submission) == [("bag-file-missing", "bagit.txt")]


@pytest.mark.parametrize("pack", [lambda bag: bag, zipped])
def test_a_bag_that_lists_what_a_system_strew_about_is_complete(
    door: Door, tmp_path: Path, pack: Callable[[Path], Path]
) -> None:
    folder = one_case(tmp_path / "bag")
    for name in ("Thumbs.db", ".DS_Store", "._a.pdf"):
        (folder / name).write_bytes(b"x")
    submission = door.checked(pack(bagged(folder)))
    assert [row.place for row in submission.findings if row.code.startswith("bag")] == []


@pytest.mark.parametrize("folder", ["data/", "data\\"])
def test_names_stand_in_a_manifest_as_programs_write_them(
    door: Door, bag: Path, folder: str
) -> None:
    """The reference program escapes no ``%``; Windows parts folders its own way."""
    name = "Báo cáo 100%25.pdf"
    before = pdf_in(bag)
    before.rename(before.with_name(name))
    for manifest in bag.glob("*manifest-*"):
        words = manifest.read_text("utf-8").replace(before.name, name).replace("data/", folder)
        manifest.write_text(words, "utf-8")
    for tag in bag.glob("tagmanifest-*"):
        tag.unlink()
    found = as_bag(open_parcel(bag, door.limits)).findings
    assert [(one.code, one.place) for one in found if one.code.startswith("bag")] == []


def test_manifests_are_read_in_the_encoding_that_the_bag_declares(
    door: Door, tmp_path: Path
) -> None:
    bag = bagged(one_case(tmp_path / "bag"))
    name = "Quyết định.pdf"
    pdf_in(bag).rename(bag / "data" / name)
    manifest = bag / "manifest-sha256.txt"
    lines = manifest.read_text("utf-8").splitlines()
    told = [f"{line.split()[0]}  data/{name}" if line.endswith(".pdf") else line for line in lines]
    manifest.write_text("\n".join(told) + "\n", "utf-16")
    (bag / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n")
    for tag in bag.glob("tagmanifest-*"):
        tag.unlink()
    submission = door.checked(bag)
    assert [code for code, _ in errors(submission) if code.startswith("bag")] == []
    for encoding, code in (("UTF-8", "bag-encoding-differs"), ("x-none", "bag-encoding-unknown")):
        (bag / "bagit.txt").write_text(f"Tag-File-Character-Encoding: {encoding}\n")
        findings = as_bag(open_parcel(bag, door.limits)).findings
        assert {"bag-declaration", code} <= {one.code for one in findings}


def test_what_a_bag_leaves_to_be_fetched_is_told_with_its_address(door: Door, bag: Path) -> None:
    gone = pdf_in(bag)
    path = gone.relative_to(bag).as_posix()
    gone.unlink()
    (bag / "fetch.txt").write_text(f"https://kho.example.vn/a%20b.pdf - {path}\nkhông phải\n")
    findings = {one.code: one for one in as_bag(open_parcel(bag, door.limits)).findings}
    assert findings["bag-file-elsewhere"].place == path
    assert findings["bag-file-elsewhere"].facts["url"] == "https://kho.example.vn/a%20b.pdf"
    assert findings["bag-fetch-damaged"].facts["line"] == 2
    assert "bag-file-missing" not in findings


@pytest.mark.parametrize("told", ["1.1", "khoảng 2 tệp", ""])
def test_a_bag_of_another_size_than_it_says_is_told(door: Door, bag: Path, told: str) -> None:
    assert "bag-oxum-differs" not in codes(door.checked(bag))
    info = bag / "bag-info.txt"
    lines = info.read_text().splitlines()
    held = next(line.partition(": ")[2] for line in lines if line.startswith("Payload-Oxum"))
    info.write_text("\n".join(line.replace(held, told) for line in lines))
    (bag / "tagmanifest-sha256.txt").unlink()
    found = {one.code: one for one in as_bag(open_parcel(zipped(bag), door.limits)).findings}
    assert found["bag-oxum-differs"].facts == {"declared": told, "found": held}


def test_more_gaps_than_anyone_reads_are_counted(door: Door, tmp_path: Path) -> None:
    bag = bagged(one_case(tmp_path / "bag"))
    with (bag / "manifest-sha256.txt").open("a") as manifest:
        manifest.writelines(f"{'0' * 64}  data/{number}.pdf\n" for number in range(203))
    for number in range(1000, 1204):
        (bag / "data" / f"{number}.txt").write_bytes(b"x")
    submission = door.checked(bag)
    assert finding(submission, "bag-files-missing").facts["count"] == 3
    assert finding(submission, "bag-files-extra").facts["count"] == 4


def test_a_package_in_a_bag_is_read_as_a_package(door: Door, tmp_path: Path) -> None:
    folder = lay_down(tmp_path / "bag" / "uuid-x", sip(tmp_path)).parent
    submission = door.checked(zipped(bagged(folder)))
    assert submission.channel == "sip"
    assert errors(submission) == []
    assert len(submission.named_files()) == 2


def test_a_bag_of_ours_brings_documents_of_other_case_files(tmp_path: Path) -> None:
    here, there = "H40.18.2025.08.QLCT", "H40.18.2025.09.QLCT"
    with open_home(new_home(tmp_path / "first")) as giver:
        brought_in(giver, small_case(tmp_path / "a", code=here))
        brought_in(giver, mixed_case(tmp_path / "b", code=there))
        lan = person(giver, "lan")
        link(giver, there, 1, LinkIn(into=here, reason="Dùng chung"), actor=lan)
        do_all(giver)
        told = export_case_file(giver, here, form="bag", folder=tmp_path / "out", actor=lan)
        original = case_of(giver, there).documents[0].files[0]
        sent = described(case_of(giver, here))
    with opened_historical(tmp_path / "second") as taker:
        taken_over(taker, told.path)
        came = case_of(taker, here)
        _, linked = came.documents
        assert described(came)["documents"][0] == sent["documents"][0]
        assert [file.sha256 for file in linked.files] == [original.sha256]
        assert linked.relations[0].relation == "reference"
