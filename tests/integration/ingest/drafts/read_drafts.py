"""Drafts whose files are read."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import typst

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import DeclaredDocument, Submission
from archive_service.services import Services
from ingest.drafts import acts as drafts_acts
from ingest.drafts.taking import take_uploads
from ingest.uploads.acts import upload_folder
from tests.worlds.archive import new_home, open_home, person


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("drafts") / "home")) as opened:
        yield opened


def begun(services: Services) -> UUID:
    return drafts_acts.open_empty(services, actor=person(services, "bach"))


def add(services: Services, draft_id: UUID, path: Path, name: str = "") -> None:
    """Upload a file for the draft, and take it in."""
    officer, data = person(services, "bach"), path.read_bytes()
    folder = upload_folder(services)
    upload = folder.begin(
        owner=officer.account, name=name or path.name, size_bytes=len(data), into=str(draft_id)
    )
    with path.open("rb") as source:
        folder.append(upload.id, source, owner=officer.account, offset=0)
    take_uploads(services, draft_id, [upload.id], actor=officer)


def documents(services: Services, draft_id: UUID) -> list[DeclaredDocument]:
    with services.read_only() as session:
        return session.get_one(Submission, draft_id).case_file().documents


def sources(services: Services, draft_id: UUID) -> dict[str, str]:
    with services.read_only() as session:
        return session.get_one(Draft, draft_id).sources


PLAIN = """#set page(paper: "a4", margin: 2.5cm)
#set text(size: 13pt)
{}
"""


def write_plain(path: Path, *lines: str) -> Path:
    """A page with one line under the other at the left margin, as a simple program prints it."""
    path.write_bytes(typst.compile(PLAIN.format("\n\n".join(lines)).encode()))
    return path
