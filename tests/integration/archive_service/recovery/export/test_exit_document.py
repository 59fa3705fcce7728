"""docs/exit.md: each of its commands, run with public tools where nothing but the disks is left.

Nothing here reads with our code: a shell, the tools that the document names, the standard library.
"""

import csv
import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.archive_service.recovery.export.exit_damage import (
    DAMAGES,
    LAID,
    PROOF,
    Damage,
    flip,
)
from tests.integration.archive_service.recovery.export.exit_holding import (
    DESTROYED,
    HANDED_OVER,
    LENT,
    LINKED,
    REPLACED,
    SCANNED,
    SIGNED,
    ExitHolding,
    exit_holding,
)
from tests.worlds.public_reader import DOCUMENT, Block, Reader, blocks, by_heading, public_tools

CODES = (SIGNED, SCANNED, REPLACED, LENT, LINKED)
BY_A_COPY = (REPLACED, LINKED)  # what proves custody is read in the copy; else in the export

# These look through the whole holding, whatever case file is asked for: it is read so for one case
# file with what proves custody in the export, for one with that in a copy.
_OF_ALL = frozenset(
    {
        "A copy",
        "Destroyed and handed over",
        "Messages between two archives",
        "Acts and audit trail",
        "Stamps over the whole trail",
    }
)
_UNSIGNED = _OF_ALL | {"PDF/A", "Signatures and time stamps"}  # its documents are as they came
UNREAD = {SCANNED: _OF_ALL, LENT: _UNSIGNED, LINKED: _UNSIGNED}

PROVED = (
    "Destroyed and handed over",
    "Messages between two archives",
    "From a paper to the bytes",
    "Acts and audit trail",
)


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> ExitHolding:
    return exit_holding(tmp_path_factory.mktemp("exit"))


@pytest.fixture(scope="module")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return public_tools(tmp_path_factory.mktemp("tools"))


@pytest.fixture(scope="module")
def reading(
    holding: ExitHolding, toolbox: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Reader]:
    """A reader who looked for a case file; kept, for all scripts take their time."""
    kept: dict[str, Reader] = {}

    def read(code: str) -> Reader:
        if code not in kept:
            kept[code] = reader_of(holding, toolbox, tmp_path_factory.mktemp("reader"), code)
        return kept[code]

    return read


def reader_of(holding: ExitHolding, toolbox: Path, folder: Path, code: str) -> Reader:
    places = {
        "STORE": str(holding.store),
        "PACKAGES": str(holding.packages),
        "BAGS": str(holding.bags),
        "CODE": code,
    } | ({"PROOF": str(holding.store)} if code in BY_A_COPY else {})
    return Reader(folder, toolbox, places, UNREAD.get(code, frozenset()))


def digests(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_our_code_is_not_there_to_be_used(reading: Callable[[str], Reader]) -> None:
    for tried in ("archive --help", "python3 -c 'import archive_service'"):
        assert reading(SIGNED).run(Block("", tried)).returncode != 0


@pytest.mark.parametrize("code", CODES)
def test_every_command_of_the_document_does_what_it_says(
    reading: Callable[[str], Reader], code: str
) -> None:
    unread = UNREAD.get(code, frozenset())
    assert set(reading(code).told) | unread == {block.heading for block in blocks()}


# What is read of each way, where there is no other.
ALONE = {
    ("packages", "custody/data"): ("The lists", "A package"),
    ("bags", "custody/data"): ("The lists", "A bag"),
    ("store", "."): ("A copy", "A case file by its code", "Its versions"),
}


@pytest.mark.parametrize("way", ALONE, ids=lambda way: way[0])
def test_each_way_is_enough_alone(
    holding: ExitHolding, toolbox: Path, tmp_path: Path, way: tuple[str, str]
) -> None:
    """All but PDF/A and signatures, which read package and proof as the others do."""
    names = ("STORE", "PACKAGES", "BAGS")
    there: Path = getattr(holding, way[0])
    places = dict.fromkeys(names, str(tmp_path / "none")) | {way[0].upper(): str(there)}
    places |= {"PROOF": str(there / way[1]), "CODE": REPLACED}
    (tmp_path / "reader").mkdir()
    reader = Reader(tmp_path / "reader", toolbox, places)
    bag = by_heading("A bag", 1) if way[0] == "bags" else None
    told = ""
    for block in blocks():
        if block.heading in (*ALONE[way], *PROVED):
            done = reader.run(block)
            assert done.returncode == 0, (block, done.stdout, done.stderr)
            told += done.stdout
        if block == bag:
            made = "mkdir package && cp -r bag/urn_uuid_*/data/urn_uuid_* package/"
            assert f"`{made}`" in DOCUMENT.read_text("utf-8")
            assert reader.run(Block("", made)).returncode == 0
        if block.heading == PROVED[0]:
            assert reader.run(by_heading("A package", 2)).returncode == 0
    assert {DESTROYED, HANDED_OVER} <= set(re.findall(r"^(H40\S+)\t", told, re.MULTILINE))
    received = re.findall(r"^([0-9a-f]{64})$", told, re.MULTILINE)
    assert holding.submitted[REPLACED] & set(received)


@pytest.mark.parametrize("code", CODES)
def test_every_byte_that_was_handed_in_is_found_in_each_way(
    holding: ExitHolding, reading: Callable[[str], Reader], code: str
) -> None:
    reader = reading(code)
    assert reader.told
    handed_in = holding.submitted[code]
    assert handed_in
    for way in ("package", "bag"):
        assert handed_in <= digests(reader.folder / way)
    newest = max(reader.folder.glob("version-v*"))
    assert handed_in <= digests(newest)
    listed = {digest: role for role, digest, _ in map(str.split, roles(reader))}
    assert {listed[digest] for digest in handed_in} <= {"original", "page"}


def roles(reader: Reader) -> list[str]:
    return [line for line in reader.told["A package"].splitlines() if line.count(" ") == 2]


def test_the_judges_say_what_the_document_says(reading: Callable[[str], Reader]) -> None:
    told = reading(SIGNED).told
    assert {"CSIP1", "CSIP107"} == set(re.findall(r"^CSIP\d+$", told["A package"], re.MULTILINE))
    assert told["A copy"].count(" is VALID") == len(CODES)
    assert set(re.findall(r"^\[(\w+)\]", told["A copy"], re.MULTILINE)) == {"W004"}
    assert re.fullmatch(
        r"\d+ events in \d+ segments; .*", told["Acts and audit trail"].splitlines()[0]
    )
    assert "case-file:stored" in told["Acts and audit trail"]


def test_an_object_is_found_by_its_id_as_by_its_code(reading: Callable[[str], Reader]) -> None:
    for code in CODES:
        by_code, by_id = reading(code).told["A case file by its code"].splitlines()
        assert by_code.endswith(f"/ocfl/{by_id}")


def test_every_paper_and_copy_made_here_is_pdf_a(reading: Callable[[str], Reader]) -> None:
    told = reading(SCANNED).told["PDF/A"].splitlines()
    assert told
    assert all(line.startswith("PASS ") for line in told)
    assert any("/preservation/" in line for line in told)


def test_signatures_and_time_stamps_hold_by_openssl_alone(
    holding: ExitHolding, reading: Callable[[str], Reader]
) -> None:
    told = reading(SIGNED).told["Signatures and time stamps"]
    signed = [line for line in told.splitlines() if ".pdf: " in line]
    assert sum("Trần Minh Khôi" in line for line in signed) == 2
    receipts = {path.name for path in (holding.store / "acts" / "receipt").glob("*.pdf")}
    assert len(receipts) > len(CODES)
    assert receipts <= {line.partition(": ")[0] for line in signed}
    assert "sha256 Fingerprint=" in told
    assert "lastUpdate=" in told


def test_the_signed_receipt_stands_for_the_bytes(reading: Callable[[str], Reader]) -> None:
    for code in CODES:
        told = reading(code).told["From a paper to the bytes"]
        assert re.search(r"^[0-9a-f]{64}$", told, re.MULTILINE)


def test_former_versions_and_replaced_documents_are_read(
    holding: ExitHolding, reading: Callable[[str], Reader]
) -> None:
    reader = reading(REPLACED)
    told = reader.told["Its versions"]
    assert re.findall(r"^(v\d+)\t", told, re.MULTILINE) == ["v1", "v2"]
    assert re.findall(r"\t(stands|replaced in v\d+)$", told, re.MULTILINE) == [
        "stands", "replaced in v2", "stands",
    ]  # fmt: skip
    handed_in = holding.submitted[REPLACED]
    first, second = (digests(reader.folder / f"version-v{number}") for number in (1, 2))
    assert len(handed_in & first) == 2
    assert handed_in <= second


def test_a_document_of_another_case_file_is_found_from_both(
    holding: ExitHolding, reading: Callable[[str], Reader]
) -> None:
    reader = reading(LINKED)
    assert LENT in reader.told["Documents of other case files"]
    assert holding.linked in digests(reader.folder / "linked")
    assert holding.linked in digests(reader.folder / "bag")
    assert holding.linked not in digests(reader.folder / "package")


def test_what_was_destroyed_or_handed_over_is_told_and_not_there(
    holding: ExitHolding, reading: Callable[[str], Reader]
) -> None:
    for reader in (reading(SIGNED), reading(REPLACED)):  # by the export, by a copy
        _told_and_gone(holding, reader.told["Destroyed and handed over"])


def _told_and_gone(holding: ExitHolding, told: str) -> None:
    grounds = dict(re.findall(r"^(H40\S+)\t(\w+)\t", told, re.MULTILINE))
    assert grounds == {DESTROYED: "disposition", HANDED_OVER: "transfer"}
    assert "\tcertificate\t" in told
    assert "\tminutes\t" in told
    for code in grounds:
        (gone,) = holding.submitted[code]
        for place in (holding.store, holding.packages, holding.bags):
            assert gone not in digests(place)


@pytest.mark.parametrize("code", [SIGNED, REPLACED])
def test_messages_of_both_archives_hold_and_prove_the_handing_over(
    reading: Callable[[str], Reader], code: str
) -> None:
    reader = reading(code)
    told = reader.told["Messages between two archives"]
    signed = re.findall(r"^messages/\S+/(\S+)\.xml, \S+: subject=", told, re.MULTILINE)
    assert {"manifest-out-001", "reply-in-001"} <= set(signed)
    assert told.count("of the certificate") == told.count("sha256 Fingerprint=") == len(signed)
    lines = [line for line in told.splitlines() if f" code={HANDED_OVER} " in f"{line} "]
    (manifest,) = (said(line) for line in lines if "/manifest-out-001.xml " in line)
    replies = [said(line) for line in lines if "/reply-in-" in line]
    assert replies
    for reply in replies:
        assert (reply["outcome"], reply["sha256"]) == ("stored", manifest["sha256"])
        assert reply["packageSha256"] == manifest["sha256"]
        assert reply["ocflId"].startswith("urn:uuid:")


def said(line: str) -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", line))


def test_the_export_has_each_message_as_a_file(holding: ExitHolding) -> None:
    for place in (holding.packages, holding.bags):
        with (place / "custody/data/messages.csv").open(encoding="utf-8-sig", newline="") as rows:
            listed = {row["file"]: row["sha256"] for row in csv.DictReader(rows)}
        assert listed
        for file, digest in listed.items():
            data = (place / "custody" / "data" / file).read_bytes()
            assert hashlib.sha256(data).hexdigest() == digest


@pytest.fixture
def spoilt(holding: ExitHolding, tmp_path: Path) -> ExitHolding:
    places = {name: getattr(holding, name) for name in ("store", "packages", "bags")}
    for name, place in places.items():
        shutil.copytree(place, tmp_path / name)
    return ExitHolding(
        **{name: tmp_path / name for name in places},
        submitted=holding.submitted,
        linked=holding.linked,
    )


@pytest.mark.parametrize("name", DAMAGES)
def test_each_script_finds_the_damage_it_is_for(
    spoilt: ExitHolding, toolbox: Path, tmp_path: Path, name: str
) -> None:
    damage = DAMAGES[name]
    (tmp_path / "reader").mkdir()
    reader = reader_of(spoilt, toolbox, tmp_path / "reader", SIGNED)
    if name in LAID:
        _prepared(reader, damage)
    damage.spoil(tmp_path)
    if name not in LAID:
        _prepared(reader, damage)
    done = reader.run(by_heading(damage.heading, damage.nth))
    assert done.returncode != 0
    assert damage.said in done.stdout + done.stderr


def _prepared(reader: Reader, damage: Damage) -> None:
    """The list of objects, which other scripts begin with, and what those before it lay."""
    find = next(block for block in blocks() if "objects.txt" in block.script)
    reader.run(find)
    if damage.heading == "Messages between two archives":
        for nth in range(damage.nth):
            reader.run(by_heading(damage.heading, nth))


def test_a_changed_file_of_a_package_is_found_by_bagit_and_by_its_mets(
    holding: ExitHolding, toolbox: Path, tmp_path: Path
) -> None:
    reader = reader_of(holding, toolbox, tmp_path, SIGNED)
    assert reader.run(by_heading("The lists", 0)).returncode == 0
    package, mets, bag = (
        by_heading("A package", 0),
        by_heading("A package", 2),
        by_heading("A bag", 0),
    )
    assert reader.run(package).returncode == reader.run(bag).returncode == 0
    for folder in ("package", "bag"):
        flip(tmp_path / folder, "*.pdf")
    found = reader.run(mets)
    assert (found.returncode, "NOT AS RECORDED" in found.stderr) == (1, True)
    validate = Block("", "bagit.py --validate bag/urn_uuid_*")
    assert reader.run(validate).returncode != 0
    judged = Block("", package.script.partition("\n")[2])
    said = reader.run(judged)
    assert said.returncode == 0, "commons-ip ends with 0, as the document warns"
    assert "CSIP71" in said.stdout.split()


def test_a_changed_paper_is_found_by_its_signature(
    spoilt: ExitHolding, toolbox: Path, tmp_path: Path
) -> None:
    (tmp_path / "reader").mkdir()
    reader = reader_of(spoilt, toolbox, tmp_path / "reader", SIGNED)
    for block in blocks():
        if block.heading in ("The lists", "A package"):
            assert reader.run(block).returncode == 0
    assert reader.run(by_heading("Signatures and time stamps", 0)).returncode == 0
    (path, *_) = sorted((tmp_path / PROOF / "acts" / "receipt").glob("*.pdf"))
    data = path.read_bytes()
    at = data.index(b"endobj") - 3
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    done = reader.run(by_heading("Signatures and time stamps", 1))
    assert done.returncode != 0
    assert "SIGNATURE DOES NOT HOLD" in done.stdout


def test_the_traps_that_the_document_warns_of_are_there(
    spoilt: ExitHolding, toolbox: Path, tmp_path: Path
) -> None:
    flip(spoilt.store / "ocfl", "*.pdf")
    reader = reader_of(spoilt, toolbox, tmp_path, SIGNED)
    assert reader.run(Block("", 'ocfl-validate.py "$STORE/ocfl"')).returncode == 0
    validate = 'ocfl-root.py validate --root "$STORE/ocfl" --validate-objects --check-digests'
    done = reader.run(Block("", validate))
    assert done.returncode == 0
    assert "INVALID" in done.stdout + done.stderr


def test_the_document_is_found() -> None:
    root = DOCUMENT.parents[1]
    for name in ("README.md", "docs/architecture.md"):
        assert "docs/exit.md" in (root / name).read_text("utf-8")
