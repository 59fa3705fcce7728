"""Whatever people and clocks do in whatever order, nothing is told as changed by hand."""

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import add_account
from archive_service.accounts.delegations.acts import end_delegation, hand_duties
from archive_service.accounts.delegations.documents import Handing
from archive_service.accounts.delegations.duties import HandedDuty
from archive_service.accounts.disabling import disable_account
from archive_service.accounts.gains.acts import enable_account
from archive_service.accounts.own_password import reset_password
from archive_service.catalogue.agencies.acts import find_agency
from archive_service.catalogue.agencies.changes import end_agency
from archive_service.catalogue.agencies.given import Ending
from archive_service.catalogue.case_files.evidence_report import evidence_of
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.db.rolled_back import open_loss
from archive_service.domain.people.account import Role
from archive_service.domain.retention.hold import Hold
from archive_service.domain.retention.removal import Removal
from archive_service.evidence.given import LossKnown
from archive_service.evidence.offline import prove_store
from archive_service.evidence.rollback import (
    acknowledge_loss,
    configured_witnesses,
    look_at_heads,
)
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.evidence.write_out import write_out_evidence
from archive_service.keeping.copies.acts import CopyStandingError
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.recovery.backup.acts import run_backup
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.settings import DEMO_MARK
from archive_service.storage.held import CaseFileHeldError
from archive_service.worker import run_one
from archive_service.workflow.case_file import STEPS
from retention.holds.acts import lift_order, place_holds, place_on_fonds, place_on_search
from retention.holds.given import LiftIn
from retention.holds.rules import HoldNothingError, Wish
from retention.terms.acts import record_case_event
from retention.terms.given import EventIn
from tests.worlds.archive import COPIES, OPERATOR, copy_home, new_home, person
from tests.worlds.command import Command
from tests.worlds.retention.removing import claimed, do, open_with_erasers, resume, take_in
from tests.worlds.servers.backends import read_settings, write_settings

KEPT, GOING = "H40.18.2025.08.QLCT", "H40.18.2025.09.QLCT"


@dataclass
class Archive:
    """An archive in use, a witness and a backup beside it, and how often something was done."""

    place: Path
    open: ExitStack
    count: int = 0
    medium: Path | None = None
    services: Services = field(init=False)

    def __post_init__(self) -> None:
        self.home = self.place / "home"
        self.witness = self.place / "witness"
        self.witness.mkdir()
        told = {"evidence": {"witnesses": [str(self.witness)]}}
        write_settings(self.home, read_settings(self.home) | told)
        self.services = self.open.enter_context(open_with_erasers(self.home))

    def seal(self) -> None:
        """The hour is over; somebody outside is told."""
        made = seal_log(self.services, self.services.signer(), actor=OPERATOR).checkpoint
        if made is not None:
            (self.witness / f"{made.size:012d}.txt").write_text(made.note)

    def back_up(self) -> None:
        """All of it onto a medium."""
        self.medium = self.place / f"medium-{self.count}"
        run_backup(self.services, self.medium, actor=OPERATOR, with_objects=True)

    def restore(self) -> None:
        """The newest backup on a bare home; copies that lived on give back what came since.

        What nobody but the witness remembers, two people acknowledge.
        """
        if self.medium is None:
            return
        new = self.place / f"home-{self.count}"
        new.mkdir()
        self.open.close()
        lives_on = self.count % 2 == 1
        kept = ("backup-keys", "archive.toml", "keys", DEMO_MARK, *(COPIES if lives_on else ()))
        for name in kept:
            shutil.move(self.home / name, new / name)
        shutil.rmtree(self.home)
        self.home = new
        Command(new).ask("restore", "--from", self.medium, "--keys", new / "backup-keys")
        self.services = self.open.enter_context(open_with_erasers(new))
        if lives_on:
            self.rebuild()
        look_at_heads(self.services)
        with self.services.read_only() as session:
            wanting = open_loss(session) is not None
        for name in ("hung", "quan") if wanting else ():
            known = LossKnown(reason="Máy chủ hỏng")
            acknowledge_loss(self.services, known, actor=person(self.services, name))

    def merge(self) -> None:
        """The agency whose case files these are goes up in another, and that in a third."""
        codes = "H40.18", "H40.20", "H40.10"
        with self.services.read_only() as session:
            known = [find_agency(session, code) for code in codes]
            open_ones = [agency.code for agency in known if agency and not agency.ended_on]
        if len(open_ones) > 1:
            old, heir = open_ones[:2]
            day = clock.today() - dt.timedelta(days=1)
            reason = "Nghị quyết 12/NQ-HĐND"
            end_agency(
                self.services, old, Ending(on=day, reason=reason, successors=[heir]), actor=OPERATOR
            )

    def hold(self) -> None:
        """One case file is held, or all that a search or their fonds holds, in turn."""
        hung, wish = person(self.services, "hung"), Wish("Thanh tra", f"{self.count}/QĐ-TTT")
        if self.count % 3 == 0:
            place_holds(
                self.services, [KEPT], reason=wish.reason, authority=wish.authority, actor=hung
            )
        elif self.count % 3 == 1:
            place_on_fonds(self.services, "H40.18", wish, actor=hung)
        else:
            try:
                place_on_search(self.services, f'"{KEPT}"', wish, actor=hung)
            except HoldNothingError:
                return

    def lift(self) -> None:
        """Whatever is held is free again."""
        with self.services.read_only() as session:
            query = select(Hold.order_id).where(Hold.lifted_at.is_(None)).distinct()
            orders = session.scalars(query).all()
        for order in orders:
            lift_order(
                self.services, order, LiftIn(reason="Xong"), actor=person(self.services, "hung")
            )

    def describe(self) -> None:
        """A title is put right, unless a hold stops it."""
        edits = {0: {"title": f"Tên lần {self.count}"}}
        try:
            describe_case_file(
                self.services, KEPT, edits, reason="Sửa", actor=person(self.services, "lan")
            )
        except CaseFileHeldError:
            return
        self.work()

    def happen(self) -> None:
        """What a term may count from is recorded, unless a hold stops it."""
        day, lan = dt.date(2026, 1, 5), person(self.services, "lan")
        try:
            record_case_event(
                self.services, KEPT, EventIn(kind="contract-ends", on=day, basis="BB 7"), actor=lan
            )
        except CaseFileHeldError:
            return
        self.work()

    def accounts(self) -> None:
        """Somebody leaves and comes back, somebody forgot a password."""
        with self.services.unit_of_work() as uow:
            disable_account("mai", actor=OPERATOR, uow=uow)
            enable_account("mai", actor=OPERATOR, uow=uow)
            reset_password("bach", actor=OPERATOR, uow=uow, idle_days=45)
            uow.commit()

    def hand(self) -> None:
        """Duties go to a colleague for some days, and come back before."""
        hung, day = person(self.services, "hung"), clock.today()
        wish = Handing(
            receiver="lan", duties=[HandedDuty.HOLDS], first_day=day, last_day=day, reason="Phép"
        )
        given = hand_duties(self.services, wish, actor=hung)
        if self.count % 2:
            end_delegation(self.services, given.id, actor=hung)

    def rotate(self) -> None:
        """The key of the archive is another from now on."""
        subject = self.services.signer().subject
        key = self.services.settings.home / "keys" / "archive.p12"
        key.unlink()
        self.services.authority.issue_key(subject, key)

    def retire(self) -> None:
        """One of the two copies is used no longer; a backup may have known that already."""
        with suppress(CopyStandingError):
            retire_copy(self.services, COPIES[1], reason="Hỏng", actor=OPERATOR)

    def destroy(self) -> None:
        """What is due goes, with all its papers."""
        with self.services.read_only() as session:
            is_claimed = session.scalar(select(Removal.code).where(Removal.code == GOING))
        if is_claimed is None:
            self.lift()
            claimed(self.services, GOING, number=self.count + 1)
            do(self.services)
            resume(self.services)

    def rebuild(self) -> None:
        """The database is made anew from the copies."""
        rebuild(self.services, actor=OPERATOR)

    def work(self) -> None:
        """Packages follow what was changed."""
        while run_one(self.services, names=tuple(STEPS)):
            pass


ACTS: dict[str, Callable[[Archive], None]] = {
    "seal": Archive.seal,
    "hold": Archive.hold,
    "lift": Archive.lift,
    "describe": Archive.describe,
    "happen": Archive.happen,
    "accounts": Archive.accounts,
    "destroy": Archive.destroy,
    "rebuild": Archive.rebuild,
    "hand": Archive.hand,
    "rotate": Archive.rotate,
    "retire": Archive.retire,
    "back up": Archive.back_up,
    "restore": Archive.restore,
    "merge": Archive.merge,
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two case files in two copies."""
    place = tmp_path_factory.mktemp("lawful")
    home = new_home(place / "home")
    with open_with_erasers(home) as services:
        take_in(services, place / "kept", KEPT)
        take_in(services, place / "going", GOING)
        with services.unit_of_work() as uow:
            add_account("quan", role=Role.HEAD, actor=OPERATOR, uow=uow)
            uow.commit()
        seal_log(services, services.signer(), actor=OPERATOR)
    return home


def require_no_alarm(services: Services, history: list[str]) -> None:
    """Trail, rows and report tell that all fits."""
    proof = prove_trail(services, witnesses=configured_witnesses(services))
    assert proof.first_bad is None, (proof.first_bad, history)
    tally = check_catalogue(services, actor=OPERATOR)
    assert tally.ok, (tally.differing, tally.acts, tally.log, history)
    assert write_out_evidence(services)
    for copy in services.copies:
        alone = prove_store(copy)
        assert alone.first_bad is None, (alone.first_bad, history)
    told = evidence_of(services, KEPT, actor=person(services, "hung"))
    assert told["proof"]["first_bad"] is None, history


def require_lawful(stored: Path, history: list[str]) -> None:
    """Done in an archive of its own, this order of acts raises no alarm."""
    with tempfile.TemporaryDirectory(dir=stored.parent) as place, ExitStack() as opened:
        copy_home(stored, Path(place, "home"))
        archive = Archive(Path(place), opened)
        for archive.count, name in enumerate(history):
            ACTS[name](archive)
        require_no_alarm(archive.services, history)


HISTORIES = st.lists(st.sampled_from(sorted(ACTS)), min_size=4, max_size=8)
ANY = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a history takes seconds: it is told as it came
    suppress_health_check=list(HealthCheck),
)


@settings(ANY, max_examples=1, derandomize=True)
@example(history=["hold", "rebuild", "hold", "seal", "lift", "describe", "destroy", "rebuild"])
@example(history=["hand", "rotate", "rebuild", "hand", "seal", "destroy", "rotate", "retire"])
@example(history=["back up", "merge", "seal", "destroy", "seal", "describe", "restore", "rebuild"])
@given(history=HISTORIES)
def test_a_lawful_history_raises_no_alarm(stored: Path, history: list[str]) -> None:
    require_lawful(stored, history)


@pytest.mark.long
@settings(ANY, max_examples=1000)
@given(history=HISTORIES)
def test_a_thousand_lawful_histories_raise_no_alarm(stored: Path, history: list[str]) -> None:
    require_lawful(stored, history)
