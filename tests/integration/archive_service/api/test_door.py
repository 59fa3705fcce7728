"""Who may come in, in which form refusals are told, and what every answer carries."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from archive_service.accounts.disabling import disable_account
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.web.csrf import web_secret
from tests.worlds.archive import OPERATOR, new_home
from tests.worlds.clients import (
    API,
    OPEN_CODE,
    add_person,
    form_token,
    program_of,
    session_token,
    sign_in,
)

PROBLEM = "application/problem+json"


BY_ANYBODY = ("post", f"{API}/account-applications")  # of who has no account yet


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_description_is_valid_openapi_and_names_every_resource(client: FlaskClient) -> None:
    spec = client.get(f"{API}/openapi.json").get_json()
    validate(spec)
    assert spec["openapi"].startswith("3.1")
    resources = {path.split("/")[3] for path in spec["paths"]}
    assert resources == {
        *("agencies", "file-plans", "submissions", "uploads", "case-files", "documents"),
        *("search", "jobs", "audit-events", "fixity-reports", "signing-requests"),
        *("formats", "holds", "batches", "proofreading", "signing-orders", "rereadings"),
        *("paper", "paper-boxes", "answers", "collections", "deliveries", "fonds", "handovers"),
        *("notices", "recalls", "reports", "terms", "outages", "own-fields", "description-batches"),
        *("dispositions", "retention-schedules", "due-calendar", "copies", "transfers"),
        *(
            "partners",
            "faults",
            "account",
            "accounts",
            "account-applications",
            "tokens",
            "rights-gains",
            "access-requests",
        ),
        *("search-index", "delegations", "grants", "witness", "incidents", "reviews"),
    }


def test_the_description_holds_no_page(client: FlaskClient) -> None:
    spec = client.get(f"{API}/openapi.json").get_json()
    assert all(path.startswith(API) for path in spec["paths"])


def test_summaries_are_no_markup_of_the_code(client: FlaskClient) -> None:
    paths = client.get(f"{API}/openapi.json").get_json()["paths"]
    told = [one["summary"] for path in paths.values() for one in path.values() if "summary" in one]
    assert told
    assert not [words for words in told if "``" in words]


def test_every_resource_is_closed_to_who_is_not_signed_in(client: FlaskClient) -> None:
    spec = client.get(f"{API}/openapi.json").get_json()
    unknown = "00000000-0000-4000-8000-000000000000"
    for path, operations in spec["paths"].items():
        address = path.replace("{code}", "H40.18")
        address = re.sub(r"\{\w+_id\}", unknown, address)
        address = re.sub(r"\{(ordinal|number)\}", "1", address)
        for method in operations.keys() - {"parameters"}:
            if (method, path) == BY_ANYBODY:
                continue
            answer = client.open(address, method=method.upper())
            assert answer.status_code == 401, f"{method} {path}"
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_problem_says_code_message_and_remedy_in_the_language_asked_for(
    client: FlaskClient,
) -> None:
    said = {
        lang: client.get(f"{API}/jobs", headers={"Accept-Language": lang})
        for lang in ("vi", "en-GB,en;q=0.9", "fr")
    }
    for answer in said.values():
        assert answer.content_type == PROBLEM
        assert answer.get_json()["code"] == "sign-in-required"
        assert answer.get_json()["remedy"]
        assert answer.get_json()["findings"] == []
    vietnamese, english, other = (answer.get_json()["message"] for answer in said.values())
    assert "đăng nhập" in vietnamese
    assert "sign in" in english
    assert other == vietnamese


def test_an_unknown_address_of_the_api_is_a_problem_and_of_the_web_a_page(
    client: FlaskClient,
) -> None:
    assert client.get(f"{API}/nothing").get_json()["code"] == "not-found"
    page = client.get("/nothing")
    assert page.status_code == 404
    assert page.mimetype == "text/html"


def test_a_method_that_an_address_does_not_take_is_told(app: Flask, services: Services) -> None:
    add_person(services, "quan", Role.ADMIN)
    answer = program_of(app, services, "quan").ask("DELETE", "/agencies")
    assert (answer.status_code, answer.get_json()["code"]) == (405, "method-not-allowed")


def test_an_unknown_token_is_refused(client: FlaskClient) -> None:
    answer = client.get(f"{API}/jobs", headers={"Authorization": "Bearer nobody"})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "token-refused")


def test_the_token_of_a_disabled_account_is_refused(app: Flask, services: Services) -> None:
    program = program_of(app, services, "lan")
    assert program.get("/submissions").status_code == 200
    with services.unit_of_work() as uow:
        disable_account("lan", actor=OPERATOR, uow=uow)
        uow.commit()
    assert program.get("/submissions").status_code == 401


def test_a_token_reaches_no_further_than_its_scopes(app: Flask, services: Services) -> None:
    program = program_of(app, services, "lan", ["agency:list"])
    assert program.get("/agencies").status_code == 200
    head = program_of(app, services, "hung", ["agency:list"])  # who scans, and submits nothing
    refused = head.ask("DELETE", f"/uploads/{uuid4()}")
    assert refused.get_json()["code"] == "scope-missing"
    # An empty list, or "not found", would read as "there is none".
    for path in ("/jobs", "/case-files", f"/case-files/{OPEN_CODE}", "/case-files/X1"):
        refused = program.get(path)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "scope-missing")


def test_a_session_reads_the_api_and_changes_nothing_without_its_form_token(
    client: FlaskClient,
) -> None:
    assert sign_in(client, "bach").status_code == 303
    assert client.get(f"{API}/submissions").status_code == 200
    refused = client.post(f"{API}/submissions", data=b"PK", content_type="application/zip")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "form-expired")


def test_a_session_with_its_form_token_may_change(client: FlaskClient) -> None:
    sign_in(client, "bach")
    answer = client.post(
        f"{API}/submissions",
        data=b"no zip",
        content_type="application/zip",
        headers={"X-CSRFToken": session_token(client)},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "zip-damaged")


def test_a_bearer_token_needs_no_form_token(app: Flask, services: Services) -> None:
    answer = program_of(app, services, "bach").post(
        "/submissions", data=b"no zip", content_type="application/zip"
    )
    assert answer.get_json()["code"] == "zip-damaged"


def test_signing_in_leads_on_and_its_cookie_is_out_of_reach_of_scripts(
    client: FlaskClient,
) -> None:
    answer = sign_in(client, "bach", next="/case-files?year=2025")
    assert answer.headers["Location"] == "/case-files?year=2025"
    cookies = answer.headers.getlist("Set-Cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("archive_session="))
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "/\\x"])
def test_signing_in_leads_nowhere_else(client: FlaskClient, elsewhere: str) -> None:
    assert sign_in(client, "bach", next=elsewhere).headers["Location"] == "/"


@pytest.mark.parametrize(("name", "password"), [("bach", "wrong"), ("nobody", "wrong"), ("", "")])
def test_a_refused_sign_in_does_not_say_what_was_wrong(
    client: FlaskClient, name: str, password: str
) -> None:
    answer = sign_in(client, name, password)
    assert answer.status_code == 403
    assert "Tên hoặc mật khẩu không đúng" in answer.text.partition('id="password-note"')[2]
    assert 'aria-invalid="true" aria-describedby="password-note"' in answer.text
    assert client.get_cookie("archive_session") is None


def test_too_many_refused_sign_ins_are_made_to_wait(client: FlaskClient) -> None:
    answers = [sign_in(client, "bach", "wrong").status_code for _ in range(6)]
    assert answers == [403] * 5 + [429]


def test_a_form_without_its_token_is_refused(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"name": "bach", "password": "x"})
    assert answer.status_code == 403
    assert "form-expired" in answer.text


def test_signing_out_ends_the_session_on_the_server(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "bach")
    cookie = client.get_cookie("archive_session")
    assert cookie is not None
    assert client.post("/sign-out", data={"csrf_token": session_token(client)}).status_code == 303
    thief = app.test_client()
    thief.set_cookie("archive_session", cookie.value)
    assert thief.get(f"{API}/submissions").status_code == 401


def test_a_page_asks_to_sign_in_and_comes_back(client: FlaskClient) -> None:
    answer = client.get("/?from=letter")
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/sign-in?next=/?from%3Dletter",
    )


def test_a_form_that_was_sent_after_its_session_had_ended_is_told_not_to_be_kept(
    client: FlaskClient,
) -> None:
    answer = client.post(f"/case-files/{OPEN_CODE}/holds")
    assert answer.headers["Location"] == f"/sign-in?next=/case-files/{OPEN_CODE}&unsaved=1"
    asked = client.get(answer.headers["Location"]).text
    assert "Phiên làm việc đã hết, việc vừa gửi chưa được ghi" in asked
    assert "Phiên làm việc đã hết" not in client.get("/sign-in").text
    assert client.post("/sign-out").headers["Location"] == "/sign-in"


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


def test_the_language_is_kept_for_who_is_not_signed_in(client: FlaskClient) -> None:
    token = form_token(client.get("/sign-in"))
    answer = client.post("/language", data={"csrf_token": token, "lang": "en"})
    assert answer.status_code == 303
    assert "Password" in client.get("/sign-in").text


def test_every_answer_is_guarded(client: FlaskClient) -> None:
    for path in ("/sign-in", f"{API}/jobs", "/nothing", "/healthz"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


def test_a_stranger_sends_no_large_body(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"name": "x" * 100_000})
    assert answer.status_code == 413


def test_a_wrong_field_is_named(app: Flask, services: Services) -> None:
    answer = program_of(app, services, "lan").get("/case-files?limit=0&year=soon")
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "request-invalid")
    assert {finding["place"] for finding in problem["findings"]} == {"query.limit", "query.year"}
    assert all(finding["remedy"] for finding in problem["findings"])


def test_alive_and_ready_are_told_apart(app: Flask, services: Services) -> None:
    client = app.test_client()
    assert client.get("/healthz").get_json() == {"ok": True}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["ready"]) == (200, True)
    (services.settings.home / "kho2").rename(services.settings.home / "gone")
    troubled = client.get("/readyz")
    assert troubled.status_code == 200  # one copy is enough to be read from
    assert troubled.get_json()["degraded"] == ["copy:kho2"]
    assert troubled.get_json()["ports"]["copy:kho2"] is False
    assert client.get("/healthz").status_code == 200


def test_counts_are_for_this_machine_or_who_may_read_the_status(client: FlaskClient) -> None:
    client.get("/healthz")
    shown = client.get("/metrics").text
    assert 'archive_http_requests_total{endpoint="health.healthz",status="200"} 1.0' in shown
    assert "# TYPE archive_jobs gauge" in shown
    away = client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert away.status_code == 303


def test_every_process_of_a_home_signs_with_the_same_secret(tmp_path: Path) -> None:
    first = web_secret(tmp_path)
    assert web_secret(tmp_path) == first
    assert (tmp_path / "keys" / "web.secret").stat().st_mode & 0o777 == 0o600
