"""A copy comes into a living archive, is filled, proved twice, and only then counts."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from archive_service.domain.case_files.case_file import CaseState, CopyState, PackageVersion
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy
from archive_service.domain.keeping.job import Job
from archive_service.evidence.verify import verify_trail
from archive_service.keeping.copies.acts import (
    CATCH_UP_JOB,
    CopyStandingError,
    CopyStillThereError,
    LastCopyError,
    add_copy,
    renew_copy,
)
from archive_service.keeping.copies.joining import _Joining
from archive_service.keeping.copies.listing import list_copies
from archive_service.keeping.copies.retiring import CopiesNotProvedError, retire_copy
from archive_service.keeping.fixity.check import check_all
from archive_service.services import Services
from archive_service.setup.acts import init_archive
from archive_service.storage.acts import sidecar_line
from archive_service.storage.copies.identity import CopyNotEmptyError, CopyUnknownError
from archive_service.storage.copies.lag import Lag, copy_lag
from archive_service.worker import run_one, work
from archive_service.workflow.case_file import STEPS
from tests.services import tools
from tests.worlds.archive import OPERATOR
from tests.worlds.holding import bytes_of, case_files, opened, take_in
from tests.worlds.stored_objects import object_roots

TWO = ("file:kho1", "file:kho2")
THREE = (*TWO, "file:kho3")


def standing(services: Services, name: str) -> CopyStanding:
    with services.read_only() as session:
        return session.get_one(EnrolledCopy, name).state


def copies_of(services: Services) -> set[str]:
    return {copy.name for copy in services.copies}


def require_sound(services: Services) -> None:
    """Every copy holds the same, all of it intact, and the trail fits."""
    tally = check_all(services, progress=lambda _share: None)
    assert not tally.troubles()
    first, *others = [bytes_of(copy) for copy in services.copies]
    for other in others:
        assert other == first
    assert verify_trail(services.database, copies=services.copies).ok


def test_a_new_copy_is_filled_and_proved_before_it_counts(home: Path, tmp_path: Path) -> None:
    with opened(home, *THREE) as services:
        row = add_copy(services, "kho3", actor=OPERATOR)
        assert row.state is CopyStanding.JOINING
        assert copies_of(services) == {"kho1", "kho2"}
        with services.read_only() as session:
            lag = copy_lag(session)
        assert lag["kho3"].versions == 2
        assert lag["kho3"].bytes > 0
        assert lag["kho1"] == Lag()
        take_in(services, tmp_path / "more", range(20, 22))
        work(services, until_empty=True)
        assert standing(services, "kho3") is CopyStanding.ACTIVE
        assert copies_of(services) == {"kho1", "kho2", "kho3"}
        require_sound(services)
        (told,) = [
            known_copy
            for known_copy in list_copies(services, actor=OPERATOR)
            if known_copy.name == "kho3"
        ]
        assert told.verified_at is not None
        assert told.lag.as_json() == Lag().as_document()
        (store,) = [copy for copy in services.copies if copy.name == "kho3"]
        roots = [home / "kho3" / root for root in object_roots(store)]
        valid, said = tools.ocfl_validate(*roots)
        assert valid, said


def test_init_takes_a_new_copy_of_a_filled_archive_for_one_that_joins(home: Path) -> None:
    with opened(home, *THREE) as services:
        init_archive(services, actor=OPERATOR)
        assert standing(services, "kho3") is CopyStanding.JOINING
        work(services, until_empty=True)
        assert standing(services, "kho3") is CopyStanding.ACTIVE
        require_sound(services)


def test_a_copy_that_is_in_use_is_not_added_again(home: Path) -> None:
    with opened(home, *TWO) as services, pytest.raises(CopyStandingError):
        add_copy(services, "kho1", actor=OPERATOR)


def test_a_place_that_holds_something_else_is_not_taken_for_a_new_copy(home: Path) -> None:
    (home / "kho3").mkdir()
    (home / "kho3" / "note.txt").write_text("mine")
    with opened(home, *THREE) as services, pytest.raises(CopyNotEmptyError):
        add_copy(services, "kho3", actor=OPERATOR)


def test_a_filled_copy_of_another_archive_is_not_taken_over(home: Path) -> None:
    shutil.copytree(home / "kho2", home / "kho3")
    identity = (home / "kho3" / "copy.json").read_text().replace("kho2", "kho3")
    (home / "kho3" / "copy.json").write_text(identity)
    with opened(home, *THREE) as services, pytest.raises(CopyUnknownError):
        add_copy(services, "kho3", actor=OPERATOR)


def test_filling_goes_on_where_it_was_broken_off(home: Path, tmp_path: Path) -> None:
    with opened(home, *THREE) as services:
        add_copy(services, "kho3", actor=OPERATOR)
        away = tmp_path / "away"
        shutil.move(home / "kho3", away)
        assert run_one(services, names=(CATCH_UP_JOB,)) == "retry"
        shutil.move(away, home / "kho3")
        work(services, until_empty=True)
        assert standing(services, "kho3") is CopyStanding.ACTIVE
        require_sound(services)


def test_a_wiped_copy_is_renewed_while_the_other_goes_on(home: Path, tmp_path: Path) -> None:
    with opened(home, *TWO) as services:
        shutil.rmtree(home / "kho2")
        take_in(services, tmp_path / "more", range(30, 32))
        renewed = renew_copy(services, "kho2", reason="ổ đĩa hỏng", actor=OPERATOR)
        assert renewed.state is CopyStanding.JOINING
        work(services, until_empty=True)
        assert standing(services, "kho2") is CopyStanding.ACTIVE
        assert {case_file.state for case_file in case_files(services)} == {CaseState.STORED}
        require_sound(services)
        with services.read_only() as session:
            tags = set(session.scalars(select(AuditEvent.tag)))
        assert {"copy:renewed", "copy:joined"} <= tags


def test_nobody_waits_while_much_that_came_last_is_copied(home: Path, tmp_path: Path) -> None:
    with opened(home, *THREE) as services:
        add_copy(services, "kho3", actor=OPERATOR)
        lease = services.jobs.claim(names=(CATCH_UP_JOB,))
        assert lease is not None
        with services.read_only() as session:
            row = session.get_one(EnrolledCopy, "kho3")
        joining = _Joining(lease, services, row.name, row.identity)
        joining.fill()
        take_in(services, tmp_path / "more", range(60, 61))
        while run_one(services, names=("build-version", "publish-version")):
            pass
        with services.writing() as session:
            session.execute(update(PackageVersion).values(size_bytes=1 << 40))
        assert not joining.admit()
        assert standing(services, "kho3") is CopyStanding.JOINING
        joining.fill()
        joining.prove()
        assert joining.admit()
        assert standing(services, "kho3") is CopyStanding.ACTIVE


def test_what_comes_while_a_copy_is_proved_is_looked_at_twice_too(
    home: Path, tmp_path: Path
) -> None:
    with opened(home, *THREE) as services:
        add_copy(services, "kho3", actor=OPERATOR)
        lease = services.jobs.claim(names=(CATCH_UP_JOB,))
        assert lease is not None
        with services.read_only() as session:
            row = session.get_one(EnrolledCopy, "kho3")
        joining = _Joining(lease, services, row.name, row.identity)
        joining.fill()
        joining.prove()
        before = set((home / "kho3").glob("ocfl/**/v1/content/METS.xml"))
        take_in(services, tmp_path / "more", range(60, 64))
        while run_one(services, names=STEPS.keys()):
            pass
        joining.fill()
        again = _Joining(lease, services, row.name, row.identity)  # as after a kill
        late = set((home / "kho3").glob("ocfl/**/v1/content/METS.xml")) - before
        assert len(late) == 4
        for victim in late:
            overwrite(victim, b"gone")
        again.prove()
        assert all(victim.read_bytes() != b"gone" for victim in late)
        assert again.admit()
        require_sound(services)


def forget(services: Services, name: str) -> None:
    """As a rebuild does that went without this copy."""
    with services.writing() as session:
        session.execute(delete(CopyState).where(CopyState.copy == name))
        session.execute(delete(EnrolledCopy).where(EnrolledCopy.name == name))


def overwrite(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)


def test_a_copy_that_comes_back_damaged_is_put_right_as_it_joins(home: Path) -> None:
    folder = home / "kho2"
    content, *_ = sorted(folder.glob("ocfl/**/v1/content/METS.xml"))
    *_, inventory = sorted(folder.glob("ocfl/**/v1/inventory.json"))
    act, *_ = sorted(folder.glob("acts/receipt/*.json"))
    paper = act.with_suffix(".pdf")
    first, second, *_ = sorted(folder.glob("audit/*.jsonl"))
    with opened(home, *TWO) as services:
        forget(services, "kho2")
        for path in (content, inventory, act, paper, second):
            overwrite(path, path.read_bytes()[:-7] + b"damaged")
        init_archive(services, actor=OPERATOR)
        work(services, until_empty=True)
        assert standing(services, "kho2") is CopyStanding.ACTIVE
        require_sound(services)
        assert first.read_bytes() == (home / "kho1" / "audit" / first.name).read_bytes()


def test_what_damages_a_joining_copy_behind_its_back_is_put_right_by_the_second_look(
    home: Path,
) -> None:
    with opened(home, *THREE) as services:
        add_copy(services, "kho3", actor=OPERATOR)
        with services.read_only() as session:
            job = session.scalars(select(Job).where(Job.name == CATCH_UP_JOB)).one()
        work(services, until_empty=True)
        victim, *_ = sorted((home / "kho3").glob("audit/*.jsonl"))
        overwrite(victim, b"gone")
        with services.writing() as session:
            row = session.get_one(EnrolledCopy, "kho3")
            row.state = CopyStanding.JOINING
            services.jobs.add(session, CATCH_UP_JOB, subject_id=job.subject_id)
        work(services, until_empty=True)
        assert standing(services, "kho3") is CopyStanding.ACTIVE
        require_sound(services)


@pytest.mark.parametrize("what", ["segment", "act"])
def test_what_a_copy_that_comes_back_tells_otherwise_is_left_to_a_person(
    home: Path, what: str
) -> None:
    folder = home / "kho2"
    with opened(home, *TWO) as services:
        forget(services, "kho2")
        if what == "segment":
            *_, victim = sorted(folder.glob("audit/*.jsonl"))
            told = re.sub(rb'"sealed_at":"2', b'"sealed_at":"3', victim.read_bytes())
        else:
            victim, *_ = sorted(folder.glob("acts/receipt/*.json"))
            told = victim.read_bytes().replace(b'"kind"', b'"Kind"')
            line = sidecar_line(victim.name, hashlib.sha256(told).hexdigest())
            overwrite(victim.with_name(f"{victim.name}.sha256"), line)
        overwrite(victim, told)
        init_archive(services, actor=OPERATOR)
        work(services, until_empty=True)
        assert standing(services, "kho2") is CopyStanding.JOINING
        assert victim.read_bytes() == told


def test_a_copy_that_answers_is_not_renewed(home: Path) -> None:
    with opened(home, *TWO) as services, pytest.raises(CopyStillThereError):
        renew_copy(services, "kho2", reason="nhầm", actor=OPERATOR)


def test_the_last_copy_is_neither_renewed_nor_retired(home: Path) -> None:
    with opened(home, *TWO) as services:
        retire_copy(services, "kho2", reason="thu gọn", actor=OPERATOR)
        shutil.rmtree(home / "kho1")
        with pytest.raises(LastCopyError):
            renew_copy(services, "kho1", reason="mất", actor=OPERATOR)
        with pytest.raises(LastCopyError):
            retire_copy(services, "kho1", reason="mất", actor=OPERATOR)


def test_a_retired_copy_is_neither_written_nor_read_nor_emptied(home: Path, tmp_path: Path) -> None:
    with opened(home, *TWO) as services:
        retire_copy(services, "kho2", reason="chuyển kho", actor=OPERATOR)
        assert copies_of(services) == {"kho1"}
        (left,) = [copy for copy in services.stores if copy.name == "kho2"]
        before = bytes_of(left)
        assert before
        shutil.move(home / "kho2", tmp_path / "gone")  # whoever looked for it would fail
        take_in(services, tmp_path / "more", range(40, 42))
        work(services, until_empty=True)
        assert {case_file.state for case_file in case_files(services)} == {CaseState.STORED}
        assert not check_all(services, progress=lambda _share: None).troubles()
        shutil.move(tmp_path / "gone", home / "kho2")
        assert bytes_of(left) == before


def test_nothing_is_retired_while_the_others_are_damaged(home: Path) -> None:
    with opened(home, *TWO) as services:
        victim = next(path for path in sorted((home / "kho1").rglob("*.xml")))
        victim.chmod(0o600)
        victim.write_bytes(b"x" + victim.read_bytes())
        with pytest.raises(CopiesNotProvedError):
            retire_copy(services, "kho2", reason="chuyển kho", actor=OPERATOR)
        assert copies_of(services) == {"kho1", "kho2"}


def test_a_whole_holding_moves_while_case_files_come_in(home: Path, tmp_path: Path) -> None:
    with opened(home, *TWO, "file:moi1", "file:moi2") as services:
        for name in ("moi1", "moi2"):
            add_copy(services, name, actor=OPERATOR)
            take_in(services, tmp_path / name, range(50, 52) if name == "moi1" else range(52, 54))
            work(services, until_empty=True)
        for name in ("kho1", "kho2"):
            retire_copy(services, name, reason="chuyển sang kho mới", actor=OPERATOR)
        shutil.rmtree(home / "kho1")
        shutil.rmtree(home / "kho2")
        take_in(services, tmp_path / "last", range(54, 56))
        work(services, until_empty=True)
        held = case_files(services)
        assert len(held) == 8
        assert all(case_file.receipt_issued_at is not None for case_file in held)
        assert copies_of(services) == {"moi1", "moi2"}
        require_sound(services)
    with opened(home, "file:moi1", "file:moi2") as services:
        require_sound(services)
