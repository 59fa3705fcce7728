"""An officer of ten thousand submissions: no page reads them anew for each that was returned."""

import datetime as dt
import re
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from archive_service.app import create_app
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.services import Services
from archive_service.worker import work
from ingest.submissions.acts import submit
from ingest.submissions.unmended import find_unmended
from tests.worlds.archive import person, small_pdf_case
from tests.worlds.browsers import browser_of, steps_of

OTHER_STATES = (SubmissionState.STORED, SubmissionState.CHECKED, SubmissionState.WITHDRAWN)
PAGES = ("/my-case-files", "/my-case-files?tab=all", "/notices", "/late")


@pytest.fixture
def sent(services: Services, tmp_path: Path) -> Services:
    """One submission of bach's, checked."""
    case = small_pdf_case(tmp_path / "case")
    submit(case, actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    return services


def send_more(services: Services, count: int, *, alike: bool = False) -> None:
    """As many more of bach's, a minute apart, under codes of their own; one in ten was returned.

    Titles are their own, too, or those of every second one are ``alike``.
    """
    with services.writing() as session:
        seed = session.scalars(select(Submission).order_by(Submission.received_at)).first()
        assert seed is not None
        columns = [attribute.key for attribute in Submission.__mapper__.column_attrs]
        row = {name: getattr(seed, name) for name in columns}
        more = [row | another(number, seed.received_at) for number in range(count)]
        for other in more[::2] if alike else ():
            other["title"] = "Hồ sơ giải quyết thủ tục hành chính"
        session.execute(insert(Submission), more)


def another(number: int, first: dt.datetime) -> dict[str, Any]:
    state = OTHER_STATES[number % 3] if number % 10 else SubmissionState.RETURNED
    at = first + dt.timedelta(minutes=number + 1)
    own_id = uuid4()
    told = {"code": f"H40.18.2025.{own_id.hex[:9]}.TH", "title": f"Hồ sơ {own_id}"}
    return told | {"id": own_id, "state": state, "received_at": at, "decided_at": at}


def test_ten_times_as_many_cost_the_officer_ten_times_as_much_at_most(sent: Services) -> None:
    bach = browser_of(create_app(sent), sent, "bach")
    cost = []
    for more in (200, 1800):
        send_more(sent, more, alike=True)
        for page in PAGES:
            bach.get(page)
        cost.append([steps_of(sent, partial(bach.get, page)) for page in PAGES])
    grown = {page: many / few for page, few, many in zip(PAGES, *cost, strict=True)}
    assert {page: times for page, times in grown.items() if times > 12} == {}


def shown(bach: FlaskClient, path: str) -> list[str]:
    page = bach.get(path)
    assert page.status_code == 200
    part = page.text.partition('id="returned-title"')[2].partition("</section>")[0]
    return re.findall(r'class="code" href="/submissions/([0-9a-f-]+)"', part)


def test_what_was_returned_is_shown_by_pages_the_first_decided_first(sent: Services) -> None:
    send_more(sent, 1200)
    with sent.read_only() as session:
        waiting = [str(row.id) for row in find_unmended(session, actor=person(sent, "bach"))]
    assert len(waiting) == 120
    bach = browser_of(create_app(sent), sent, "bach")
    pages = [shown(bach, f"/my-case-files?cursor={number}") for number in (1, 2, 3)]
    assert [one for page in pages for one in page] == waiting
    assert shown(bach, "/my-case-files?cursor=9") == pages[-1]
    assert ">120</span>" in bach.get("/my-case-files?cursor=2").text


def sent_once_more(
    services: Services, state: SubmissionState = SubmissionState.CHECKED, **other: str
) -> int:
    """How many wait when the first of those that wait came once more, in ``state``."""
    with services.writing() as session:
        waiting = find_unmended(session, actor=person(services, "bach"))
        first = session.get_one(Submission, waiting[0].id)
        columns = [attribute.key for attribute in Submission.__mapper__.column_attrs]
        row = {name: getattr(first, name) for name in columns} | other
        at = first.received_at + dt.timedelta(days=1)
        session.execute(
            insert(Submission), [row | {"id": uuid4(), "state": state, "received_at": at}]
        )
    with services.read_only() as session:
        return len(find_unmended(session, actor=person(services, "bach")))


def test_sent_again_is_what_came_later_under_the_same_code_or_title(sent: Services) -> None:
    send_more(sent, 100)
    assert sent_once_more(sent, SubmissionState.WITHDRAWN) == 10
    assert sent_once_more(sent, code="", title="") == 10
    assert sent_once_more(sent, code="H40.18.2025.77.TH") == 9
    send_more(sent, 100)
    assert sent_once_more(sent, title="Tên khác") == 18
