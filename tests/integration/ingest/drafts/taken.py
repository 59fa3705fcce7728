"""Files uploaded and taken into a draft."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import agency_id_of
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.people.account import Account, Role
from archive_service.services import Services
from ingest.drafts import acts as drafts_acts
from ingest.uploads.acts import upload_folder
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.clients import session_token

TITLE = "Hồ sơ kiểm tra đập"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("web-drafts") / "home")) as opened:
        yield opened


@pytest.fixture
def draft_id(services: Services) -> UUID:
    return drafts_acts.open_empty(services, actor=person(services, "bach"))


def take(client: FlaskClient, draft_id: UUID, upload: object, name: str = "a.pdf") -> TestResponse:
    headers = {"X-CSRFToken": session_token(client)}
    told: dict[str, Any] = {"upload": str(upload), "name": name}
    return client.post(f"/drafts/{draft_id}/files", json=told, headers=headers)


def uploaded(services: Services, draft_id: UUID, name: str, data: bytes = b"%PDF-1") -> UUID:
    folder = upload_folder(services)
    upload = folder.begin(owner="bach", name=name, size_bytes=len(data), into=str(draft_id))
    folder.path(upload.id).write_bytes(data)
    return upload.id


def add_officer(services: Services, shown: str) -> None:
    """A colleague of the sample's officer, whom plans name by the name that is shown."""
    name = f"colleague-{uuid4().hex[:8]}"
    agency_id = agency_id_of(services, "H40.18")
    with services.unit_of_work() as uow:
        add_account(name, role=Role.OFFICER, actor=OPERATOR, uow=uow, agency_id=agency_id)
        uow.commit()
    with services.writing() as session:
        row = session.scalars(select(Account).where(Account.name == name)).one()
        row.display_name = shown


def add_plan(services: Services, year: int, *creators: str, unit: str = "") -> list[UUID]:
    agency_id = agency_id_of(services, "H40.18")
    assert agency_id is not None
    entries = [
        FilePlanEntry(
            ordinal=at,
            notation=f"{at:02}.TH",
            title=TITLE,
            term="20 năm",
            years=20,
            creator=creator,
            unit=unit,
        )
        for at, creator in enumerate(creators, start=1)
    ]
    with services.writing() as session:
        session.add(
            FilePlan(agency_id=agency_id, year=year, state=FilePlanState.APPROVED, entries=entries)
        )
        session.flush()
        return [entry.id for entry in entries]
