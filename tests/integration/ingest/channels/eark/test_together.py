"""Packages that are handed in together are each what they would be alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from archive_service.domain.intake.submission import Submission
from archive_service.errors import InputError
from archive_service.services import Services
from archive_service.storage.staging import Staging
from ingest.submissions.acts import submit_together
from tests.worlds.archive import new_home, open_home, person, small_pdf_case

CODES = ("H40.18.2025.01.QLCT", "H40.18.2025.02.QLCT")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """A new archive, to which no time is granted between receipt and discard."""
    with open_home(new_home(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def packages(tmp_path: Path) -> list[Path]:
    """Two case files, each in a ZIP."""
    made = []
    for number, code in enumerate(CODES):
        folder = tmp_path / f"from-{number}"
        folder.mkdir()
        small_pdf_case(folder, code=code)
        made.append(Path(shutil.make_archive(str(tmp_path / f"{number}"), "zip", folder)))
    return made


def submit(services: Services, packages: list[Path]) -> list[list[UUID] | InputError]:
    return submit_together(services, packages, actor=person(services, "lan"))


def digests(staging: Staging) -> set[str]:
    return set(staging.iter_digests())


def test_each_becomes_a_submission_of_its_own_with_its_own_bytes(
    services: Services, packages: list[Path]
) -> None:
    told = submit(services, packages)
    assert [len(one) for one in told if isinstance(one, list)] == [1, 1]
    with services.read_only() as session:
        rows = session.scalars(select(Submission).order_by(Submission.code)).all()
        assert [row.code for row in rows] == [*CODES]
        assert [[row.id] for row in rows] == told
        named = [{file.sha256 for file in row.files} for row in rows]
        assert [len(row.files) for row in rows] == [2, 2]
    assert named[0].isdisjoint(named[1])
    assert digests(services.staging) == named[0] | named[1]


def test_the_same_package_twice_is_one_submission(services: Services, packages: list[Path]) -> None:
    told = submit(services, [packages[0], packages[0], packages[1]])
    assert told[0] == told[1] != told[2]
    assert submit(services, packages) == [told[0], told[2]]
    with services.read_only() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 2


def test_two_that_bear_one_code_are_told_of_each_other(
    services: Services, packages: list[Path], tmp_path: Path
) -> None:
    """As when one came after the other: each looks at what the other brought just before."""
    folder = tmp_path / "other"
    folder.mkdir()
    small_pdf_case(folder, code=CODES[0])
    (pdf,) = folder.rglob("*.pdf")
    pdf.write_bytes(pdf.read_bytes() + b"\n")
    other = Path(shutil.make_archive(str(tmp_path / "other"), "zip", folder))
    told = submit(services, [packages[0], other, packages[1]])
    ids = [identifier for ids in told if isinstance(ids, list) for identifier in ids]
    with services.read_only() as session:
        rows = [session.get_one(Submission, identifier) for identifier in ids]
        door = [[found["code"] for found in row.door_findings] for row in rows]
    assert ["changed-while-open" in one for one in door] == [False, True, False]


@pytest.mark.parametrize("flaw", ["cut", "late"])
def test_one_that_cannot_be_taken_keeps_no_other_back(
    services: Services, packages: list[Path], tmp_path: Path, flaw: str
) -> None:
    """Cut: it is no ZIP any more. Late: only its bytes tell, when the others are half staged."""
    bad, data = tmp_path / "bad.zip", packages[0].read_bytes()
    if flaw == "cut":
        bad.write_bytes(data[: len(data) // 2])
    else:
        at = data.index(b"%PDF") if b"%PDF" in data else data.index(b".pdf") + 40
        bad.write_bytes(data[: at + 20] + bytes([data[at + 20] ^ 1]) + data[at + 21 :])
    told = submit(services, [packages[0], bad, packages[1]])
    assert isinstance(told[1], InputError)
    assert told[1].code == "zip-damaged"
    with services.read_only() as session:
        rows = session.scalars(select(Submission).order_by(Submission.code)).all()
        assert [[row.id] for row in rows] == [told[0], told[2]]
        named = {file.sha256 for row in rows for file in row.files}
    assert digests(services.staging) == named
