"""The newest checkpoint goes to folders and by mail; too few who took one are an incident."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.incident import Incident
from archive_service.evidence.checkpoint import parse_checkpoint
from archive_service.evidence.outside.giving import FEW, count_witnesses, give_checkpoint
from archive_service.evidence.outside.witnesses import witnesses_told
from archive_service.evidence.sealing import BEGUN, seal_log
from archive_service.evidence.vouching import Claim, judge_claims
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, new_home, on_another_disk, open_home
from tests.worlds.rewriting import as_owner
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.servers.post_office import PostOffice, post_office

AUDITOR = "kiemtoan@example.vn"


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with post_office() as post:
        yield post


@pytest.fixture
def medium(tmp_path: Path) -> Iterator[Path]:
    with on_another_disk(tmp_path) as folder:
        yield folder


@pytest.fixture
def services(tmp_path: Path, medium: Path, post: PostOffice) -> Iterator[Services]:
    home = new_home(tmp_path / "home")
    (tmp_path / "beside").mkdir()
    folders = (medium, tmp_path / "beside", tmp_path / "not-mounted")
    to = {"give_to": [*map(str, folders)], "mail_to": [AUDITOR], "witnesses_wanted": 2}
    settings = read_settings(home) | {"evidence": to, "mail": {"url": post.url}}
    write_settings(home, settings)
    with open_home(home) as services:
        yield services


def is_open(services: Services) -> bool:
    with services.read_only() as session:
        query = select(Incident.id).where(Incident.kind == FEW, Incident.closed_at.is_(None))
        return session.scalar(query) is not None


def test_whoever_takes_it_is_a_witness(
    services: Services, post: PostOffice, medium: Path, tmp_path: Path
) -> None:
    assert give_checkpoint(services) == []
    seal_log(services, services.signer(), actor=OPERATOR)
    assert give_checkpoint(services) == [medium.as_posix(), AUDITOR]
    told = witnesses_told(services, actor=OPERATOR)
    assert [one.kind for one in told.held if one.counts] == ["given", "given"]
    assert [(one.name, one.size) for one in told.held if one.kind == "beside"] == [
        ((tmp_path / "beside").as_posix(), 0)
    ]
    (kept,) = medium.iterdir()
    (beside,) = (tmp_path / "beside").iterdir()
    assert beside.read_bytes() == kept.read_bytes()
    (letter,) = post.taken
    (attached,) = letter.iter_attachments()
    for note in (kept.read_text(), str(attached.get_content()).replace("\r\n", "\n")):
        held = parse_checkpoint(note)
        assert judge_claims(services.database, [Claim("", held)]) == ["fits"]
    assert held.note in post.text_to(AUDITOR).replace("\r\n", "\n")
    assert f"gồm {held.size} sự kiện" in post.text_to(AUDITOR)


def test_too_few_within_two_days_are_an_incident(services: Services) -> None:
    seal_log(services, services.signer(), actor=OPERATOR)
    count_witnesses(services)
    assert not is_open(services), "a new log has two days"
    begun = update(AuditEvent).where(AuditEvent.tag == BEGUN)
    long_ago = clock.now() - dt.timedelta(days=3)
    with services.writing() as session:
        as_owner(session).execute(begun.values(at=long_ago))
    count_witnesses(services)
    assert is_open(services)
    give_checkpoint(services)
    count_witnesses(services)
    assert not is_open(services)
