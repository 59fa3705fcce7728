"""What is due on an archive with two case files; the people who decide, and a council's file."""

import datetime as dt
from pathlib import Path
from uuid import UUID

import pyotp
from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import add_account, get_account
from archive_service.accounts.enrolment import enrol
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Role
from archive_service.domain.retention.disposition import CouncilDuty, Disposition, DispositionKind
from archive_service.services import Services
from retention.disposition import acts as disposition_acts
from retention.disposition.appraisal import Verdict
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import Meeting, Seat
from retention.disposition.documents import DispositionDocument
from retention.disposition.given import ListShown, Proposal, Review, Vote
from retention.terms.changes import set_term
from retention.terms.rules import RetentionRule
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.packaged import package_anew

CODES = {"open": OPEN_CODE, "restricted": RESTRICTED_CODE}
HEAD = "thuy"  # of the agency
REASON = "Hết thời hạn lưu trữ"
SEATS = (
    Seat("Trần Văn Bình", "Phó Chánh Văn phòng", CouncilDuty.CHAIR),
    Seat("Lê Thị Lan", "Lưu trữ viên", CouncilDuty.SECRETARY, "lan"),
    Seat("Nguyễn Văn Bách", "Chuyên viên", CouncilDuty.MEMBER, "bach"),
)
MINUTES = "Hội đồng thống nhất hủy các hồ sơ hết thời hạn."


def make_due(services: Services, *codes: str, year: int = 2020) -> None:
    """Let the term of these case files be over since the end of a year, as events would."""
    with services.writing() as session:
        for row in session.scalars(select(CaseFile).where(CaseFile.code.in_(codes))):
            rule = RetentionRule("QT-01", "Công văn", 5, "TT 10/2022/TT-BNV", "schedule")
            began = dt.date(year - 5, 6, 1)
            set_term(session, row, rule, ended_on=began, cause="disposition", by="test")
            row.end_date = began.isoformat()
    package_anew(services, *codes)


def add_agency_head(services: Services, name: str = HEAD) -> str:
    """The head of the sample's agency with a second factor; its secret."""
    with services.unit_of_work() as uow:
        agency = uow.session.scalars(select(Agency).where(Agency.code == "H40.18")).one()
        add_account(name, role=Role.AGENCY_HEAD, actor=OPERATOR, uow=uow, agency_id=agency.id)
        uow.commit()
    return enrol(services, name, actor=OPERATOR)["secret"]


def new_otp(services: Services, name: str) -> str:
    """A code of a second factor that the account gets now, as if it had none before."""
    with services.writing() as session:
        row = get_account(session, name)
        row.totp_secret = row.totp_step = None
    return otp_of(enrol(services, name, actor=OPERATOR)["secret"])


def otp_of(secret: str, step: int = 0) -> str:
    """The code of now, or of so many steps of 30 s from now."""
    return pyotp.TOTP(secret).at(clock.now() + dt.timedelta(seconds=30 * step))


def proposed(services: Services, *codes: str, kind: str = "destroy") -> DispositionDocument:
    """A list that the archivist proposes."""
    return disposition_acts.propose(
        services,
        Proposal(codes=codes, kind=DispositionKind(kind), reason=REASON),
        actor=person(services, "lan"),
    )


def to_destroy(told: DispositionDocument) -> dict[str, Verdict]:
    """The verdict on each case file that stands on a list."""
    standing = [
        disposition_item.code
        for disposition_item in told.items
        if disposition_item.state != "refused"
    ]
    return dict.fromkeys(standing, Verdict.parse("destroy"))


def reviewed(services: Services, *codes: str, **outcomes: str) -> UUID:
    """A list that is reviewed; ``outcomes`` by ``open`` and ``restricted``, else destroy."""
    told = proposed(services, *codes)
    row = told.id
    verdicts = to_destroy(told)
    verdicts |= {CODES[name]: Verdict.parse(outcome) for name, outcome in outcomes.items()}
    disposition_acts.review(
        services, row, Review(outcomes=verdicts, reason=REASON), actor=person(services, "lan")
    )
    return row


def met() -> Meeting:
    """The council is set up today, and meets: a list of today can be before it."""
    today = clock.today()
    return Meeting("15/QĐ-VP", today, today, "Phòng họp số 2", MINUTES)


def proposed_ago(services: Services, row: UUID, days: int) -> None:
    """As rows of a list are that has been waiting for so many days."""
    with services.writing() as session:
        list_ = session.get_one(Disposition, row)
        list_.proposed_at -= dt.timedelta(days=days)


def heard(services: Services, row: UUID) -> None:
    """The council sat, and all agreed."""
    lan = person(services, "lan")
    council_acts.set_up(services, row, SEATS, met(), actor=lan)
    for name in ("lan", "bach"):
        actor = person(services, name)
        council_acts.vote(services, row, Vote(agrees=True, opinion="Đồng ý"), actor=actor)
    council_acts.vote(services, row, Vote(agrees=True, opinion="", name=SEATS[0].name), actor=lan)


def submitted(services: Services, *codes: str, **outcomes: str) -> UUID:
    """A list that waits for the head of the agency."""
    row = reviewed(services, *codes, **outcomes)
    heard(services, row)
    disposition_acts.submit(services, row, ListShown(), actor=person(services, "lan"))
    return row


def minutes_file(folder: Path) -> Path:
    """The minutes as a text file."""
    path = folder / "bien-ban.txt"
    path.write_text(MINUTES, encoding="utf-8")
    return path
