"""An archive whose every role has something late, once it is let."""

import datetime as dt
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.domain.case_files.access_request import AccessRequest, AccessRequestState
from archive_service.domain.people.account import Account, Role
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.signing.signing_request import SigningRequest
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.digitize.desk import batch_on_desk
from tests.worlds.digitize.scanning import STATION, new_station
from tests.worlds.ingest.calling_in import AGENCY, BEFORE, UNIT, plans_home, publish

LONG_AGO = clock.now() - dt.timedelta(days=30)
WATCHERS = {"van-thu": Role.CLERK, "quan": Role.ADMIN, "kiem": Role.AUDITOR}
LATE = {  # whose first page, what it tells at all, and of whom
    "lan": ("/desk", "4 hồ sơ quá hạn nộp", "Trần Văn Hòa, Văn phòng"),
    "thu-truong": ("/approvals", "4 hồ sơ quá hạn nộp", "Nguyễn Thị Mơ"),
    "kiem": ("/audit", "4 hồ sơ quá hạn nộp", "bach"),
    "bach": ("/my-case-files", "Đơn vị bạn còn 1 hồ sơ quá hạn nộp", "Nguyễn Thị Mơ"),
    "van-thu": ("/signing", "1 văn bản chờ ký", "Lê Hùng: 1 văn bản"),
    STATION: ("/scanning", "2 lô quét chờ xử lý", "Lưu trữ viên, cần xem trang: 2 lô"),
    "binh": ("/search", "2 đề nghị sử dụng", "Bạn, cần bổ sung thông tin: 1 đề nghị"),
    "quan": ("/system", "2 việc quá hạn", "Sự cố chưa có người nhận: 1 việc"),
}  # fmt: skip


def watched_home(target: Path) -> Path:
    """Nobody has anything late yet."""
    home = plans_home(target)
    with open_home(home) as services:
        new_station(services)
        with services.unit_of_work() as uow:
            agency_id = get_agency(uow.session, AGENCY).id
            for name, role in WATCHERS.items():
                where = agency_id if role is Role.CLERK else None
                add_account(name, role=role, actor=OPERATOR, uow=uow, agency_id=where)
            uow.commit()
    return home


def let_all_be_late(services: Services) -> None:
    publish(services, BEFORE)
    with services.writing() as session:
        session.scalars(select(Account).where(Account.name == "bach")).one().unit = UNIT
        binh = session.scalars(select(Account).where(Account.name == "binh")).one()
        for state in (AccessRequestState.ASKED, AccessRequestState.CLARIFYING):
            session.add(AccessRequest(
                case_file_id=uuid4(), code="H40", ordinal=1, state=state, person="", purpose="x",
                asked_by="binh", asked_by_id=binh.id, asked_at=LONG_AGO, due_on="2020-01-02",
            ))  # fmt: skip
        session.add(SigningRequest(
            account="lan", signer_name="Lê Hùng", name="giay.pdf", requested_by="van-thu",
            requested_at=LONG_AGO, sha256="0" * 64, size_bytes=1,
        ))  # fmt: skip
        for number in (1, 2):
            batch_on_desk(session, number).created_at = LONG_AGO
        for subject, owner in (("kho 1", ""), ("kho 2", "lan")):
            session.add(Incident(
                kind="copy-lagging", subject=subject, severity=IncidentSeverity.WARNING,
                opened_at=LONG_AGO, seen_at=clock.now(), facts={"copy": subject}, owner=owner,
            ))  # fmt: skip
