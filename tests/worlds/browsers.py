"""People at a browser, signed in, and the counting of what their pages ask of the database."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, inspect, select
from werkzeug.test import TestResponse

from archive_service.accounts.acts import find_account
from archive_service.accounts.sessions import open_session
from archive_service.domain.case_files.case_file import CaseFile, CopyState
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.job import Job
from archive_service.services import Services
from archive_service.web.session import COOKIE
from tests.worlds.clients import session_token

_STEPS = 100  # of SQLite's machine, between two calls


def cookie_of(services: Services, name: str) -> str:
    """The cookie of a new session of this account."""
    with services.unit_of_work() as uow:
        account = find_account(uow.session, name)
        assert account is not None
        token = open_session(account, uow=uow, user_agent="test")
        uow.commit()
    return token


def browser_of(app: Flask, services: Services, name: str) -> FlaskClient:
    """A browser in which this account is signed in."""
    client = app.test_client()
    client.set_cookie(COOKIE, cookie_of(services, name))
    return client


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """Send a form as the page's own would be."""
    return client.post(path, data={"csrf_token": session_token(client), **form})


def post_from(client: FlaskClient, page: str, path: str, **form: Any) -> TestResponse:
    """Send a form that stands on this page as a browser does, which says so; it may carry files."""
    headers = {"Accept": "text/html", "Referer": f"http://localhost{page}"}
    data = {"csrf_token": session_token(client), **form}
    return client.post(path, data=data, headers=headers)


def shown_list(client: FlaskClient, at: str) -> str:
    """What the forms of the page of a list send as the digest of the list that is shown."""
    page = client.get(at).text
    found = set(re.findall(r'name="list_sha256" value="(\w*)"', page))
    assert len(found) == 1, found
    return str(found.pop())


def act_on(client: FlaskClient, at: str, act: str, **form: str) -> TestResponse:
    """Send a form of the page of a list on what that page shows now."""
    return post(client, f"{at}/{act}", **form, list_sha256=shown_list(client, at))


@contextmanager
def counted(services: Services) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = services.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def steps_of(services: Services, ask: Callable[[], object]) -> int:
    """How many steps SQLite takes for what ``ask`` asks of the database, to a hundred.

    A test on another database is skipped here.
    """
    if services.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL counts no steps")
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    def watch(connection: Any, *_: Any) -> None:
        connection.set_progress_handler(count, _STEPS)

    engine = services.database.engine
    engine.dispose()  # those that are open already would not be counted
    event.listen(engine, "connect", watch)
    try:
        ask()
    finally:
        event.remove(engine, "connect", watch)
        engine.dispose()
    return taken * _STEPS


def more_case_files(services: Services, count: int) -> None:
    """So many more case files as rows alone, each with its submission, copies and a job."""
    with services.writing() as session:
        first = session.scalars(select(CaseFile).order_by(CaseFile.code)).first()
        assert first is not None
        submission = session.get_one(Submission, first.id)
        for number in range(count):
            new_id, code = uuid4(), f"{first.agency_code}.2025.{900 + number}.TH"
            session.add(_like(submission, id=new_id, code=code))
            session.add(
                _like(
                    first,
                    id=new_id,
                    code=code,
                    arc_file_code=f"H40.99.{code}",
                    ocfl_id=f"urn:uuid:{new_id}",
                )
            )
            session.flush()
            session.add_all(_like(state, id=uuid4(), case_file_id=new_id) for state in first.copies)
            job = session.scalars(select(Job).where(Job.subject_id == first.id)).first()
            assert job is not None
            session.add(_like(job, id=uuid4(), subject_id=new_id))


def damaged(services: Services, code: str, copy: str) -> None:
    """Note that a copy of this case file was found damaged."""
    with services.writing() as session:
        state = session.scalars(
            select(CopyState)
            .join(CaseFile, CaseFile.id == CopyState.case_file_id)
            .where(CaseFile.code == code, CopyState.copy == copy)
        ).one()
        state.state = "damaged"


def _like(row: Any, **changed: Any) -> Any:
    values = {
        column.key: getattr(row, column.key)
        for column in inspect(type(row)).column_attrs
        if column.key != "revision"
    }
    return type(row)(**(values | changed))


def confirm_gains(app: Flask, services: Services, head: str) -> None:
    """Every gain of rights that waits is confirmed by this second person, at their page."""
    client = browser_of(app, services, head)
    for gain_id in re.findall(r'action="/rights/([0-9a-f-]+)/confirm"', client.get("/rights").text):
        assert post(client, f"/rights/{gain_id}/confirm").status_code == 303
