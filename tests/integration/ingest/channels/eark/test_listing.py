"""What METS lists and what came: files that did not come, of no document, of nobody's."""

import hashlib
from pathlib import Path

import pytest

from archive_service.domain.intake.finding import Severity
from ingest.channels.eark.package import PackageUnreadableError
from tests.worlds.door import Door, finding, write_pdf
from tests.worlds.ingest.sent_packages import edited, put, sip, zipped

REP = "representations/rep1/"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    return sip(tmp_path)


def listing(files: dict[str, bytes], more: dict[str, bytes | None]) -> dict[str, bytes]:
    """The same with more files in METS, of no description; those without bytes did not come."""
    listed = "".join(
        f'<file ID="them-{number}" MIMETYPE="application/octet-stream" SIZE="{len(data or b"x")}" '
        f'CHECKSUM="{hashlib.sha256(data or b"x").hexdigest()}" CHECKSUMTYPE="SHA-256">'
        f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="data/{name}"/></file>'
        for number, (name, data) in enumerate(more.items())
    )
    path = f"{REP}METS.xml"
    changed = edited(files, path, ("</fileGrp>", lambda end: listed + end[0]))
    changed = put(changed, path, changed[path])
    return changed | {f"{REP}data/{name}": data for name, data in more.items() if data}


def test_a_package_that_the_parser_cannot_get_through_is_refused(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    door.limits = door.limits.model_copy(update={"parser_s": 0.001})
    long = listing(files, {f"thieu-{number}.pdf": None for number in range(15_000)})
    with pytest.raises(PackageUnreadableError) as refused:
        door.receive(zipped(tmp_path / "sip.zip", long))
    assert refused.value.facts["reason"] == "timed-out"
    assert door.staged() == set()


def test_many_files_that_did_not_come_are_told_with_how_many_more(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    changed = listing(files, {f"thieu-{number}.pdf": None for number in range(205)})
    submission = door.checked(zipped(tmp_path / "sip.zip", changed))
    more = finding(submission, "package-files-absent")
    assert (more.facts["count"], more.severity) == (5, Severity.ERROR)


def test_a_file_of_no_document_and_a_link_that_names_none_are_told(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    page = write_pdf(tmp_path / "thua.pdf", words="không của văn bản nào").read_bytes()
    changed = listing(files, {"thua.pdf": page, "0009.pdf.fetch.txt": b"\n"})
    submission = door.checked(zipped(tmp_path / "sip.zip", changed))
    loose, link = (
        finding(submission, code) for code in ("package-file-of-no-document", "package-link-empty")
    )
    assert (loose.place, loose.severity) == (f"{REP}data/thua.pdf", Severity.WARNING)
    assert (link.place, link.severity) == (f"{REP}data/0009.pdf.fetch.txt", Severity.WARNING)
    assert loose.place in {unnamed_file.path for unnamed_file in submission.unnamed_files()}
