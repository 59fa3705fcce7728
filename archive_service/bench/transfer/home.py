"""Two archives for a bench: one holds permanent case files on an answered register, one is new."""

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select

from archive_service import clock
from archive_service.bench import home as homes
from archive_service.bench.backends import Backends, on_files
from archive_service.bench.ingest import prepare_ours
from archive_service.bench.material import make_bulk
from archive_service.bench.measure import timed_in_processes
from archive_service.catalogue.agencies.acts import enlist_agency, get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Actor, Role
from archive_service.services import Services
from retention.transfer.given import Approval, PaperAnswer, PaperSent, Registration
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.register import acts as register_acts
from retention.transfer.register import answer as register_answer

_SUBMITTED = dt.datetime(2020, 6, 1, tzinfo=clock.LOCAL_ZONE)
_TRUST = Path("trust")
_ROOT = Path("keys", "authority", "root.crt")


def make_giver(home: Path, folder: Path, *, cases: int, files: int, file_bytes: int) -> UUID:
    """An archive that holds ``cases`` permanent case files; the register that names them all.

    They are really taken in; the register is approved, sent and answered.

    Args:
        home: not there yet.
        folder: for what is submitted; not there yet.
        files: PDFs of each.
        file_bytes: of each of them.

    Raises:
        BenchFolderError: one could not be stored.
    """
    make_bulk(folder, count=cases, files=files, file_bytes=file_bytes)
    homes.make_accepted(home, [folder], on_files(1))
    shutil.rmtree(folder)
    with homes.opened(home) as services:
        codes = make_permanent(services)  # before their packages, which tell the same
    timed_in_processes(prepare_ours, [(home,)] * (os.cpu_count() or 1))
    homes.require_stored(home)
    with homes.opened(home) as services:
        _leave_out_what_waits(services)
        return answered(services, codes)


def make_receiver(home: Path, giver: Path, at: Backends | None = None) -> None:
    """A historical archive that holds nothing; each of the two trusts the keys of the other.

    ``at``: where it keeps; by default in files and SQLite.
    """
    homes.make_home(home, [], at or on_files(1), historical=True)
    with homes.opened(home) as services:
        code, name = SAMPLE_AGENCY.new_code, SAMPLE_AGENCY.name
        enlist_agency(services, code, name, actor=homes.OPERATOR)
    for path, other in ((home, giver), (giver, home)):
        (path / _TRUST).mkdir(exist_ok=True)
        shutil.copy(other / _ROOT, path / _TRUST / f"{other.name}.crt")


def acquaint(giver: Services, receiver: Services, url: str) -> None:
    """Each is a partner of the other; the receiver answers at ``url``."""
    own, taking = giver.settings.archive, receiver.settings.archive
    partner = PartnerGiven(
        PartnerFacts(name=own.name, gives=True),
        agencies=[SAMPLE_AGENCY.new_code],
        certificates=[("seal.crt", giver.signer().certificate.der)],
    )
    _, token = partners_acts.add(receiver, own.code, partner, actor=homes.OPERATOR)
    facts = PartnerFacts(name=taking.name, receives=True, url=url)
    mine = PartnerGiven(
        facts,
        certificates=[("seal.crt", receiver.signer().certificate.der)],
        token=(token or "").encode(),
    )
    partners_acts.add(giver, taking.code, mine, actor=homes.OPERATOR)


def make_permanent(services: Services) -> list[str]:
    """All that is accepted is to be kept for ever, and here for years; their codes."""
    with services.unit_of_work() as uow:
        rows = uow.session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
        for row in rows:
            row.permanent, row.ends_on, row.accepted_at = True, None, _SUBMITTED
        uow.commit()
        return [row.code for row in rows]


def _leave_out_what_waits(services: Services) -> None:
    """What else storing them left to do, such as their receipts, is not this bench's."""
    with services.writing() as session:
        session.execute(delete(Job).where(Job.state == JobState.WAITING))


def answered(services: Services, codes: Sequence[str]) -> UUID:
    """A register of these that the historical archive takes."""
    with services.read_only() as session:
        agency_id = get_agency(session, SAMPLE_AGENCY.new_code).id
    head = Actor("bench-head", Role.AGENCY_HEAD, agency_id)
    transfer = register_acts.register(
        services, Registration(codes=codes, to="Bench"), actor=homes.ARCHIVIST
    )
    row, today = transfer.id, clock.today()
    register_acts.approve(services, row, Approval(), actor=head)
    register_answer.note_sent(services, row, PaperSent(on=today), actor=homes.ARCHIVIST)
    register_answer.note_answer(services, row, PaperAnswer(on=today), actor=homes.ARCHIVIST)
    return row
