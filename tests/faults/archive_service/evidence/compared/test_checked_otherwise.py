"""An operator changes what waits for a decision: the package would agree with it later."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import Submission, SubmissionFile, SubmissionState
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.services import Services
from ingest.submissions.acts import accept, give_back
from ingest.submissions.given import Return
from tests.faults.archive_service.evidence.rewriting import change, sealed
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.backed_up import stocked_home
from tests.worlds.clients import do_all


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        sealed(services)
        yield services


def waiting(services: Services) -> Submission:
    with services.read_only() as session:
        query = select(Submission).where(Submission.state == SubmissionState.CHECKED)
        return session.scalars(query).one()


def finding_taken(services: Services, row: Submission) -> None:
    with services.read_only() as session:
        found = select(FindingRow.id).where(FindingRow.submission_id == row.id).limit(1)
        change(services, delete(FindingRow).where(FindingRow.id == session.scalars(found).one()))


def finding_made_light(services: Services, row: Submission) -> None:
    of_it = FindingRow.submission_id == row.id, FindingRow.severity == Severity.WARNING
    change(services, update(FindingRow).where(*of_it).values(severity=Severity.INFO))


def file_replaced(services: Services, row: Submission) -> None:
    of_it = SubmissionFile.submission_id == row.id
    change(services, update(SubmissionFile).where(of_it).values(sha256="ab" * 32))


def declared_otherwise(services: Services, row: Submission) -> None:
    fields = row.declared["fields"] | {"title": "Hồ sơ khác"}
    declared = row.declared | {"fields": fields}
    change(services, update(Submission).where(Submission.id == row.id).values(declared=declared))


def returned_by_nobody(services: Services, row: Submission) -> None:
    state = SubmissionState.RETURNED
    change(services, update(Submission).where(Submission.id == row.id).values(state=state))


def put_back_after_its_return(services: Services, row: Submission) -> None:
    give_back(services, row.id, Return(reason="Thiếu tài liệu"), actor=person(services, "lan"))
    state = SubmissionState.CHECKED
    change(services, update(Submission).where(Submission.id == row.id).values(state=state))


@pytest.mark.parametrize("attack", [returned_by_nobody, put_back_after_its_return])
def test_what_was_moved_without_an_event_is_named(
    services: Services, attack: Callable[[Services, Submission], None]
) -> None:
    row = waiting(services)
    attack(services, row)
    told = check_catalogue(services, actor=OPERATOR)
    assert [name for name, _ in told.acts] == [f"submission {row.id}"]


def test_what_was_given_back_is_no_difference(services: Services) -> None:
    row = waiting(services)
    give_back(services, row.id, Return(reason="Thiếu tài liệu"), actor=person(services, "lan"))
    assert check_catalogue(services, actor=OPERATOR).ok


@pytest.mark.parametrize(
    "attack", [finding_taken, finding_made_light, file_replaced, declared_otherwise]
)
def test_what_waits_for_a_decision_is_as_its_check_told(
    services: Services, attack: Callable[[Services, Submission], None]
) -> None:
    row = waiting(services)
    assert check_catalogue(services, actor=OPERATOR).ok
    attack(services, row)
    told = check_catalogue(services, actor=OPERATOR)
    assert [name for name, _ in told.acts] == [f"submission {row.id}"]


def test_a_finding_taken_away_just_before_the_decision_is_named_after_it(
    services: Services,
) -> None:
    row = waiting(services)
    finding_taken(services, row)
    accept(services, row.id, actor=person(services, "lan"))
    do_all(services)
    told = check_catalogue(services, actor=OPERATOR)
    assert [name for name, _ in told.acts] == [f"submission {row.id}"]


def test_what_is_accepted_as_it_came_is_no_difference(services: Services) -> None:
    accept(services, waiting(services).id, actor=person(services, "lan"))
    do_all(services)
    assert check_catalogue(services, actor=OPERATOR).ok
