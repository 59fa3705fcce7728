"""Permanent case files that are to go to the historical archive, and both archives."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.transfer.appointment import TransferAppointment
from archive_service.domain.transfer.partner import TransferPartner, TransferPartnerAgency
from archive_service.domain.transfer.transfer import Transfer, TransferDirection, TransferState
from archive_service.services import Services
from retention.terms.changes import set_term
from retention.terms.rules import RetentionRule
from retention.transfer.documents import TransferDocument
from retention.transfer.given import Approval, PaperAnswer, PaperSent, Registration
from retention.transfer.packages import build as packages_build
from retention.transfer.register import acts as register_acts
from retention.transfer.register import answer as register_answer
from retention.transfer.register.due import make_items
from retention.transfer.register.longer_terms import Terms
from tests.worlds.archive import Backends, copy_home, new_home, open_home, person
from tests.worlds.retention.dispositions import HEAD, add_agency_head
from tests.worlds.retention.packaged import package_anew

RECEIVER = "Lưu trữ lịch sử tỉnh Sơn Lam"


def make_permanent(services: Services, *codes: str, submitted: int = 2020) -> None:
    """Let these be kept for ever, and be here since a year."""
    with services.writing() as session:
        for row in session.scalars(select(CaseFile).where(CaseFile.code.in_(codes))):
            rule = RetentionRule("QT-02", "Quyết định", None, "TT 10/2022/TT-BNV", "schedule")
            ended = dt.date(submitted - 1, 6, 1)
            set_term(session, row, rule, ended_on=ended, cause="disposition", by="test")
            row.accepted_at = dt.datetime(submitted, 6, 1, tzinfo=clock.LOCAL_ZONE)
    package_anew(services, *codes)


def composed(services: Services, *codes: str) -> TransferDocument:
    """A register that the archivist composes."""
    lan = person(services, "lan")
    return register_acts.register(services, Registration(codes=codes, to=RECEIVER), actor=lan)


def approved(services: Services, *codes: str, head: str) -> UUID:
    """A register that the head of the agency let go."""
    row = composed(services, *codes).id
    register_acts.approve(services, row, Approval(), actor=person(services, head))
    return row


def answered(services: Services, *codes: str) -> UUID:
    """A register that the historical archive takes; its head is ``HEAD``."""
    make_permanent(services, *codes)
    add_agency_head(services)
    row, lan, today = approved(services, *codes, head=HEAD), person(services, "lan"), clock.today()
    register_answer.note_sent(services, row, PaperSent(on=today), actor=lan)
    register_answer.note_answer(services, row, PaperAnswer(on=today), actor=lan)
    return row


def built(services: Services, folder: Path, *codes: str) -> UUID:
    """The same, with its packages in ``folder``."""
    row = answered(services, *codes)
    packages_build.build(services, row, folder=folder, actor=person(services, "lan"))
    return row


class TwoArchives:
    """A current archive and a historical one, each with its keys; they trust each other's roots.

    Both have the same agencies and ``PEOPLE``.
    """

    def __init__(self, giver: Services, receiver: Services) -> None:
        self._both = giver, receiver

    @property
    def giver(self) -> Services:
        return self._opened()[0]

    @property
    def receiver(self) -> Services:
        return self._opened()[1]

    def _opened(self) -> tuple[Services, Services]:
        return self._both


class NewArchives(TwoArchives):
    """Both before anything was done; opened when first asked for, so that they may begin later.

    Args:
        held: the home that the giver is a copy of.
        backends: of the receiver.
        open_until: closes them.
    """

    def __init__(
        self, held: Path, folder: Path, backends: Backends | None, open_until: ExitStack
    ) -> None:
        self.held, self._folder, self._backends = held, folder, backends
        self._open_until = open_until
        self._changes: list[Callable[[Services], Services]] = []
        self._two: tuple[Services, Services] | None = None

    def change_giver(self, change: Callable[[Services], Services]) -> None:
        """Let the giver be what ``change`` makes of it."""
        assert self._two is None
        self._changes.append(change)

    def is_new(self) -> bool:
        """Neither was opened yet, and the receiver is on no servers of its own."""
        return self._two is None and self._backends is None

    def begin_at(self, place: Path) -> None:
        """Let them begin as those of ``place`` are."""
        assert self._two is None
        for name in ("giver", "receiver"):
            copy_home(place / name, self._folder / name)
        self._two = self._open()

    def _opened(self) -> tuple[Services, Services]:
        if self._two is None:
            giver = copy_home(self.held, self._folder / "giver")
            receiver = new_home(self._folder / "receiver", self._backends, historical=True)
            trust(receiver, giver)
            trust(giver, receiver)
            self._two = self._open()
        return self._two

    def _open(self) -> tuple[Services, Services]:
        enter = self._open_until.enter_context
        giver, receiver = (enter(open_home(self._folder / it)) for it in ("giver", "receiver"))
        for change in self._changes:
            giver = change(giver)
        return giver, receiver


@contextmanager
def two_archives(
    held: Path, folder: Path, backends: Backends | None = None
) -> Iterator[NewArchives]:
    """Both, in ``folder``: the giver is a copy of the home ``held``, the receiver holds nothing.

    Args:
        backends: of the receiver.
    """
    with ExitStack() as open_until:
        yield NewArchives(held, folder, backends, open_until)


def trust(home: Path, other: Path) -> None:
    """Let ``home`` trust the demo authority of ``other``."""
    (home / "trust").mkdir(exist_ok=True)
    root = other / "keys" / "authority" / "root.crt"
    shutil.copy(root, home / "trust" / f"{other.name}.crt")


def add_transfers(session: Session, count: int) -> None:
    """So many registers more for the historical archive, each with one case file."""
    first = (session.scalar(select(func.count()).select_from(Transfer)) or 0) + 1
    row = session.scalars(select(CaseFile).limit(1)).one()
    for number in range(first, first + count):
        session.add(
            Transfer(
                agency_id=row.agency_id,
                direction=TransferDirection.OUT,
                number=number,
                year=2026,
                partner=RECEIVER,
                list_sha256="0" * 64,
                composed_by="lan",
                composed_at=clock.now(),
                items=make_items([row], {}, terms=Terms()),
            )
        )


def add_givers(session: Session, count: int) -> None:
    """So many archives more that hand over to this one, each with one transfer that waits."""
    first = session.scalar(select(func.count()).select_from(TransferPartner)) or 0
    agency_id = session.scalars(select(CaseFile.agency_id).limit(1)).one()
    for number in range(first, first + count):
        session.add(
            TransferPartner(
                code=f"G.{number}",
                name=f"Lưu trữ {number}",
                gives=True,
                certificates=[],
                active=True,
                added_at=clock.now(),
                agencies=[TransferPartnerAgency(agency_id=agency_id)],
            )
        )
        session.add(
            Transfer(
                agency_id=agency_id,
                direction=TransferDirection.IN,
                state=TransferState.RECEIVED,
                number=number + 1,
                year=2026,
                partner=f"Lưu trữ {number}",
                partner_code=f"G.{number}",
                list_sha256="0" * 64,
                composed_by="lan",
                composed_at=clock.now(),
                received_at=clock.now(),
                decide_by=clock.today(),
            )
        )


def add_appointments(session: Session, count: int) -> None:
    """So many deliveries more that are planned for today, each of another archive."""
    first = session.scalar(select(func.count()).select_from(TransferAppointment)) or 0
    agency_id = session.scalars(select(CaseFile.agency_id).limit(1)).one()
    for number in range(first, first + count):
        session.add(
            TransferAppointment(
                direction=TransferDirection.IN,
                agency_id=agency_id,
                partner_code=f"G.{number}",
                partner=f"Lưu trữ {number}",
                from_on=clock.today(),
                to_on=clock.today(),
                made_by="lan",
                made_at=clock.now(),
            )
        )
