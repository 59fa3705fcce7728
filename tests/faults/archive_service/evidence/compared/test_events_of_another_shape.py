"""An operator writes events that no act of ours leaves, so that the verification breaks off."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive_service.audit import ACT_DIGESTS, NOTED, record_event
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.evidence.compared.told_acts import ACTS
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.backed_up import STORED_CODE, stocked_home


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        yield services


def write(services: Services, tag: str, subject: str, data: Mapping[str, Any]) -> None:
    with services.writing() as session:
        held = select(CaseFile.id).where(CaseFile.code == STORED_CODE)
        about = session.scalars(held).one() if subject == STORED_CODE else subject
        record_event(session, tag, subject_id=about, actor=OPERATOR, data=dict(data))


@pytest.mark.parametrize(
    ("tag", "subject", "data", "name"),
    [
        ("case-file:removal-claimed", STORED_CODE, {"removal": "x"}, "log versions"),
        ("version:built", STORED_CODE, {"version": "x"}, "event 30"),
        (NOTED, ACTS, {}, "log acts"),
        ("hold:ordered", ACTS, {ACT_DIGESTS: {"x": 1}}, "log acts"),
        (NOTED, "accounts", {"states": {"x": 1}}, "log accounts"),
    ],
)
def test_what_does_not_read_is_named(
    services: Services, tag: str, subject: str, data: Mapping[str, Any], name: str
) -> None:
    write(services, tag, subject, data)
    assert prove_trail(services).first_bad == name
    assert name in [misfit.name for misfit in check_catalogue(services, actor=OPERATOR).log]


@pytest.mark.parametrize(
    ("tag", "data"),
    [
        ("case-file:stored", {"version": None}),
        ("hold:ordered", {}),
        ("hold:placed", {"order": ["x"]}),
        ("backup:made", {}),
    ],
)
def test_what_tells_nothing_breaks_nothing_off(
    services: Services, tag: str, data: Mapping[str, Any]
) -> None:
    write(services, tag, STORED_CODE, data)
    assert check_catalogue(services, actor=OPERATOR).ok
