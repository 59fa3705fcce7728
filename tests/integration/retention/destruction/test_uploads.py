"""Uploads that were never used are a place of a destruction: what is of the case file goes."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseState
from archive_service.domain.case_files.document import DigitalObject
from archive_service.domain.intake.delivery import UPLOADED, Delivery
from archive_service.domain.intake.submission import Submission
from archive_service.domain.retention.removal import Removal
from archive_service.services import Services
from archive_service.storage.uploads import KEPT_S, UploadUnknownError
from ingest.drafts.acts import open_empty
from ingest.uploads.acts import upload_folder
from retention.destruction.acts import who_asks
from tests.worlds.archive import person
from tests.worlds.retention.removing import (
    MARKED,
    case_of,
    claimed,
    do,
    is_alarmed,
    marked_home,
    resume,
    states,
    without_grace,
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two case files, and no backup."""
    return marked_home(tmp_path_factory.mktemp("uploads"), backed_up=False)


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it whose staging has no time of grace."""
    with without_grace(stored, tmp_path / "home") as opened:
        yield opened


def bytes_of(services: Services) -> bytes:
    """The first file of the case file that is to go, as it was received."""
    with services.read_only() as session:
        of_it = DigitalObject.case_file_id == case_of(services).id
        digest = session.scalars(select(DigitalObject.sha256).where(of_it)).first()
    with services.staging.open(str(digest)) as staged:
        return staged.read()


def upload(services: Services, data: bytes, *, whole: bool = True, into: str = "") -> UUID:
    folder = upload_folder(services)
    size = len(data) if whole else len(data) + 1
    begun = folder.begin(owner="bach", name="van ban.pdf", size_bytes=size, into=into)
    folder.append(begun.id, BytesIO(data), owner="bach", offset=0)
    return begun.id


def is_there(services: Services, upload_id: UUID) -> bool:
    try:
        upload_folder(services).get(upload_id, owner="bach")
    except UploadUnknownError:
        return False
    return True


def own_submission(services: Services) -> str:
    with services.read_only() as session:
        return str(session.scalars(select(Submission.id).where(Submission.code == MARKED)).one())


def test_what_was_uploaded_of_it_and_never_used_goes(services: Services) -> None:
    data = bytes_of(services)
    same, other = upload(services, data), upload(services, b"of something else")
    broken_off = upload(services, data[:100], whole=False, into=own_submission(services))
    of_nobody = upload(services, data[:100], whole=False)
    removal_id = claimed(services)
    do(services)
    assert states(services, removal_id)["uploads"] == "gone"
    there = [is_there(services, identifier) for identifier in (same, broken_off, other, of_nobody)]
    assert there == [False, False, True, True]
    with services.read_only() as session:
        places = {place.place: place for place in session.get_one(Removal, removal_id).places}
    assert places["uploads"].proof["found"] == 2
    assert not any(name.startswith("_") for name in places["uploads"].proof)


def test_without_any_upload_there_was_none(services: Services) -> None:
    removal_id = claimed(services)
    do(services)
    assert states(services, removal_id)["uploads"] == "never"


def test_what_a_draft_of_another_takes_stays(services: Services) -> None:
    draft = open_empty(services, actor=person(services, "bach"))
    same = upload(services, bytes_of(services), into=str(draft))
    removal_id = claimed(services)
    do(services)
    assert states(services, removal_id)["uploads"] == "never"
    assert is_there(services, same)


def test_what_a_delivery_takes_stays_until_it_is_over(services: Services) -> None:
    same = upload(services, bytes_of(services))
    with services.writing() as session:
        kept = session.scalars(select(Submission)).first()
        assert kept is not None
        coming = Delivery(
            channel="rest",
            source="goi.zip",
            place=f"{UPLOADED}{same}",
            content_sha256="0" * 64,
            submitted_by="bach",
            received_at=kept.received_at,
        )
        session.add(coming)
    claimed(services)
    do(services)
    assert is_there(services, same)


def test_what_came_lately_may_be_for_another_and_is_waited_for(services: Services) -> None:
    storage = services.settings.storage.model_copy(update={"staging_grace_s": 3600})
    waiting = replace(services, settings=services.settings.model_copy(update={"storage": storage}))
    same = upload(services, bytes_of(services))
    removal_id = claimed(waiting)
    do(waiting)
    with waiting.read_only() as session:
        places = {place.place: place for place in session.get_one(Removal, removal_id).places}
    assert places["uploads"].trouble == "uploaded-lately"
    assert is_there(services, same)
    assert not is_alarmed(waiting), "it goes on by itself"
    resume(services)
    assert states(services, removal_id)["uploads"] == "gone"
    assert not is_there(services, same)
    assert case_of(services).state is CaseState.DESTROYED


def test_a_package_that_has_it_among_others_is_waited_for_until_it_is_swept(
    services: Services,
) -> None:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as members:
        members.writestr("ho so/van ban.pdf", bytes_of(services))
        members.writestr("ho so khac/khac.pdf", b"of another case file")
    together = upload(services, packed.getvalue())
    removal_id = claimed(services)
    do(services)
    with services.read_only() as session:
        places = {place.place: place for place in session.get_one(Removal, removal_id).places}
    assert places["uploads"].trouble == "uploaded-lately"
    assert is_there(services, together)
    long_ago = time.time() - KEPT_S - 1
    os.utime(upload_folder(services).path(together), (long_ago, long_ago))
    upload_folder(services).sweep()
    resume(services)
    assert states(services, removal_id)["uploads"] == "gone"
    assert case_of(services).state is CaseState.DESTROYED


def test_what_is_uploaded_again_afterwards_is_found(services: Services) -> None:
    data = bytes_of(services)
    removal_id = claimed(services)
    do(services)
    assert who_asks(services)(removal_id)["uploads"] == 0
    upload(services, data)
    assert who_asks(services)(removal_id)["uploads"] == 1
