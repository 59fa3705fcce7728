"""One document goes into custody twice only where whoever accepts was told of it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import Submission, SubmissionState, WaitingDocument
from archive_service.services import Services
from ingest.submissions import acts as submissions_acts
from ingest.submissions.desk import acts as desk_acts
from ingest.submissions.given import Return
from ingest.submissions.held_since_check import HeldSinceError
from tests.worlds.archive import new_home, person
from tests.worlds.at_once import at_once
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet

FIRST, SECOND = "H40.18.2025.12.QLCT", "H40.18.2025.13.QLCT"
SAME = {"codeNumber": "77"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


def waiting(
    services: Services, folder: Path, code: str, *, words: str = "", count: int = 1, **row: str
) -> UUID:
    """A checked submission of documents; ``words`` make their bytes, ``row`` their numbers."""
    names = [f"{number:03}.pdf" for number in range(count)]
    for name in names:
        write_pdf(folder / code / name, words=f"{words or code} {name}")
    rows = [
        document_row(name, code, **{"codeNumber": f"{code[-7:-5]}{at}"} | row)
        for at, name in enumerate(names)
    ]
    write_sheet(folder / code / "Hồ sơ.xlsx", [case_row(code)], rows)
    (identifier,) = submissions_acts.submit(
        folder / code, actor=person(services, "bach"), services=services
    )
    do_all(services)
    return identifier


def accept(services: Services, submission: UUID) -> None:
    submissions_acts.accept(services, submission, actor=person(services, "lan"))


def found(services: Services, submission: UUID) -> dict[str, FindingRow]:
    with services.read_only() as session:
        row = session.get_one(Submission, submission)
        assert row.state is SubmissionState.CHECKED
        return {finding.code: finding for finding in row.findings}


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({"words": "cùng tệp"}, {"words": "cùng tệp"}, "already-held"),
        (SAME, SAME, "document-held"),
        ({"docId": "G12.1"}, {"docId": "G12.1"}, "identifier-held"),
    ],
)
def test_of_two_that_wait_with_one_document_the_second_goes_back_to_the_desk(
    services: Services, tmp_path: Path, first: dict[str, Any], second: dict[str, Any], told: str
) -> None:
    identifier = waiting(services, tmp_path, FIRST, **first)
    two = waiting(services, tmp_path, SECOND, **second)
    assert told not in found(services, two)
    accept(services, identifier)
    do_all(services)
    with pytest.raises(HeldSinceError) as refused:
        accept(services, two)
    assert (refused.value.code, refused.value.facts["held"]) == ("held-since-checked", FIRST)
    assert found(services, two)[told].facts["code"] == FIRST
    accept(services, two)  # whoever accepts now was told
    accept(services, two)  # and nothing is asked of what lies there


def test_what_waits_with_the_same_bytes_is_told_of_it(services: Services, tmp_path: Path) -> None:
    waiting(services, tmp_path, FIRST, words="cùng tệp")
    two = waiting(services, tmp_path, SECOND, words="cùng tệp")
    assert found(services, two)["waits-elsewhere"].facts == {"code": FIRST}


@pytest.mark.parametrize(
    ("row", "told"),
    [(SAME, "document-waits-elsewhere"), ({"docId": "G12.1"}, "identifier-waits-elsewhere")],
)
def test_what_waits_with_the_same_document_is_told_of_it_until_that_one_is_decided(
    services: Services, tmp_path: Path, row: dict[str, Any], told: str
) -> None:
    identifier = waiting(services, tmp_path, FIRST, **row)
    two = waiting(services, tmp_path, SECOND, **row)
    assert found(services, two)[told].facts["code"] == FIRST
    assert "waits-elsewhere" not in found(services, two)  # the bytes are others
    lan = person(services, "lan")
    submissions_acts.give_back(services, identifier, Return(reason="Nộp trùng"), actor=lan)
    submissions_acts.recheck(services, two, actor=lan)
    do_all(services)
    assert told not in found(services, two)
    with services.read_only() as session:
        assert set(session.scalars(select(WaitingDocument.submission_id))) == {two}


def test_of_two_accepted_at_the_same_moment_one_is_refused(
    services: Services, tmp_path: Path
) -> None:
    ids = [waiting(services, tmp_path, code, words="cùng tệp") for code in (FIRST, SECOND)]
    lan = person(services, "lan")
    given = at_once(lambda at: submissions_acts.accept(services, ids[at], actor=lan), 2)
    assert [one for one in given if isinstance(one, str)] == ["held-since-checked"]


def test_of_many_at_once_it_is_left_out_and_named_and_the_page_of_one_says_why(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    ids = [waiting(services, tmp_path, code, words="cùng tệp") for code in (FIRST, SECOND)]
    with services.writing() as session:
        session.execute(delete(FindingRow))  # of the file plan: it is not what this is about
        session.execute(update(Submission).values(worst=""))
    outcome = desk_acts.accept_clean(services, ids, actor=person(services, "lan"))
    assert outcome.accepted == [FIRST]
    assert [(entry["code"], entry["error"]) for entry in outcome.refused] == [
        (SECOND, "held-since-checked")
    ]
    with services.writing() as session:
        session.execute(delete(FindingRow))
    lan = browser_of(app, services, "lan")
    told = post(lan, f"/submissions/{ids[1]}/accept")
    assert told.status_code == 409
    assert FIRST in told.text
    assert "already-held" in found(services, ids[1])


def test_the_question_takes_as_many_statements_for_many_documents_as_for_one(
    services: Services, tmp_path: Path
) -> None:
    few = waiting(services, tmp_path, FIRST)
    many = waiting(services, tmp_path, SECOND, count=12)
    asked = []
    for identifier in (few, many):
        with counted(services) as statements:
            accept(services, identifier)
        asked.append(len([told for told in statements if told.startswith("SELECT")]))
    assert asked[0] == asked[1]
