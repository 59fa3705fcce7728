"""Programs and browsers that ask a real application over a real home."""

from dataclasses import dataclass
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from archive_service import access
from archive_service.accounts.acts import add_account, find_account
from archive_service.accounts.sessions import add_token
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.worker import work
from tests.worlds.archive import OPERATOR, PASSWORD
from tests.worlds.papers.bad_input import small_case, write_small_sheet, zip_of

API = "/api/v1"
# The two case files that the home of tests/integration/conftest.py holds.
OPEN_CODE, RESTRICTED_CODE = "H40.18.2025.08.QLCT", "H40.18.2025.07.QLCT"


@dataclass(frozen=True)
class Program:
    """A program with a bearer token."""

    client: FlaskClient
    token: str

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        """One request below the API, with the token."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.client.open(f"{API}{path}", method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        """A GET below the API."""
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> TestResponse:
        """A POST below the API."""
        return self.ask("POST", path, **more)


def program_of(
    app: Flask, services: Services, name: str, scopes: list[str] | None = None
) -> Program:
    """A program that acts for the account; without ``scopes`` with all that its role may."""
    with services.unit_of_work() as uow:
        account = find_account(uow.session, name)
        assert account is not None
        given = sorted(access.ACTS) if scopes is None else scopes
        token = add_token(account, scopes=given, actor=OPERATOR, uow=uow)
        uow.commit()
    return Program(app.test_client(), token)


def add_person(services: Services, name: str, role: Role) -> None:
    """An account of no agency, unless the home has it already."""
    with services.unit_of_work() as uow:
        if find_account(uow.session, name) is None:
            add_account(name, role=role, actor=OPERATOR, uow=uow, password=PASSWORD)
            uow.commit()


class _Inputs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name"):
            self.values[given["name"] or ""] = given.get("value") or ""


def form_token(page: TestResponse) -> str:
    """The token that the forms of a page carry."""
    found = _Inputs()
    found.feed(page.text)
    return found.values["csrf_token"]


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, **more: str) -> TestResponse:
    """Sign in as a browser does."""
    token = form_token(client.get("/sign-in"))
    form = {"csrf_token": token, "name": name, "password": password, **more}
    return client.post("/sign-in", data=form)


def session_token(client: FlaskClient) -> str:
    """The token that the forms shown to whoever is signed in carry."""
    with client.session_transaction() as kept:
        kept["csrf_token"] = "0" * 40
    with client.application.test_request_context():
        session["csrf_token"] = "0" * 40
        token: str = generate_csrf()
    return token


def zip_bytes(folder: Path, *, code: str) -> BytesIO:
    """A good case file as a ZIP in memory."""
    case = small_case(folder / code, code=code)
    return BytesIO(zip_of(case, folder / f"{code}.zip").read_bytes())


def restricted_case(folder: Path, *, code: str) -> Path:
    """A good case file whose document is open on conditions only."""
    case = small_case(folder, code=code)
    write_small_sheet(case, code=code, mode="Sử dụng có điều kiện", files=_pdf(case))
    return case


def _pdf(folder: Path) -> str:
    return next(path.name for path in folder.iterdir() if path.suffix == ".pdf")


def do_all(services: Services) -> None:
    """Do every job that waits."""
    work(services, until_empty=True)


def file_of(program: Program, code: str) -> dict[str, object]:
    """The first file of a case file, as CASE tells it."""
    case = program.get(f"/case-files/{code}").get_json()
    found: dict[str, object] = case["documents"][0]["files"][0]
    return found


def file_path(program: Program, code: str) -> str:
    """Where its bytes are asked for."""
    return f"/case-files/{code}/files/{file_of(program, code)['id']}"
