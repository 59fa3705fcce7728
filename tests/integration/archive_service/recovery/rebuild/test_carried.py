"""What no copy holds and people wait for is there after a rebuild: drafts, notices, callbacks."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.intake.callback import Callback
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import SubmissionPacket
from archive_service.domain.people.notice import Notice
from archive_service.notices import inbox
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from ingest.drafts import acts as drafts_acts
from ingest.submissions.acts import submit
from tests.worlds.archive import OPERATOR, new_home, person
from tests.worlds.ingest.edxml import Enclosed, PacketOf


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


def state(services: Services) -> dict[str, object]:
    with services.read_only() as session:
        return {
            "drafts": [
                (row.submission_id, row.begun_at, row.reads)
                for row in session.scalars(select(Draft).order_by(Draft.submission_id))
            ],
            "packets": [
                (row.submission_id, row.document_id)
                for row in session.scalars(select(SubmissionPacket))
            ],
            "notices": [
                (row.account_id, row.kind, row.facts, row.read_at, row.mailed_at)
                for row in session.scalars(select(Notice).order_by(Notice.id))
            ],
            "callbacks": [
                (row.submission_id, row.url, row.account)
                for row in session.scalars(select(Callback))
            ],
        }


def test_a_rebuild_loses_no_draft_no_notice_and_nobody_who_is_to_be_called(
    services: Services, tmp_path: Path
) -> None:
    begun = drafts_acts.open_empty(services, actor=person(services, "bach"))
    (tmp_path / "a.edxml").write_bytes(
        PacketOf(
            document_id="VB-91", attachments=[Enclosed("van-ban.pdf", b"%PDF-1.7 a page")]
        ).xml()
    )
    (sent,) = submit(tmp_path / "a.edxml", actor=person(services, "bach"), services=services)
    with services.writing() as session:
        inbox.tell(
            session,
            "submission-returned",
            to=inbox.named(session, ["bach"]),
            subject_id=UUID(int=5),
            facts={"code": "H40.18.2025.09.QLCT", "reason": "thiếu chữ ký"},
        )
        moment = clock.now()
        session.add(
            Callback(
                submission_id=sent,
                url="https://he-thong.example/x",
                account="bach",
                asked_at=moment,
                next_at=moment,
            )
        )
    before = state(services)
    assert all(before.values())
    rebuild(services, actor=OPERATOR)
    assert state(services) == before
    shown = drafts_acts.show(services, begun, actor=person(services, "bach"))
    assert shown is not None
