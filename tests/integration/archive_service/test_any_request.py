"""Whatever the OpenAPI document lets be sent, by each role and by strangers, nothing crashes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from archive_service.api.pieces import PIECE
from archive_service.app import create_app
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.web.csrf import HEADER
from archive_service.web.session import COOKIE
from retention.transfer.network.batch_format import MEDIA_TYPE
from tests.worlds.archive import copy_home, open_home
from tests.worlds.browsers import browser_of
from tests.worlds.clients import API, OPEN_CODE, program_of, session_token
from tests.worlds.matrix import PEOPLE, add_everybody

EACH = 5  # requests made of one operation, by each
SESSION, NOBODY = "session", "nobody"  # an archivist at a browser; without any token or cookie
for media_type in (PIECE, MEDIA_TYPE):
    schemathesis.serializer.alias(media_type, "application/octet-stream")
generated = settings(
    max_examples=EACH,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def services(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home = copy_home(held_home, tmp_path_factory.mktemp("any") / "home")
    with open_home(home) as opened:
        yield opened


@pytest.fixture(scope="module")
def names(services: Services) -> dict[tuple[Role, bool], str]:
    return add_everybody(services)


@pytest.mark.long
@pytest.mark.parametrize("who", [*PEOPLE, SESSION, NOBODY])
def test_no_request_of_the_document_is_answered_by_a_crash(
    services: Services, names: dict[tuple[Role, bool], str], who: Role | str
) -> None:
    app = create_app(services)
    headers = {}
    if isinstance(who, Role):
        token = program_of(app, services, names[who, False]).token
        headers = {"Authorization": f"Bearer {token}"}
    elif who == SESSION:
        headers = _of_browser(browser_of(app, services, names[Role.ARCHIVIST, False]))
    document = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", app, headers=headers)
    asked, crashed = 0, []
    for found in document.get_all_operations():
        assert isinstance(found, Ok), "the document describes it soundly"
        operation = found.ok()

        @generated
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case[Any]) -> None:
            nonlocal asked
            case.path_parameters.update(_known(case.path_parameters))
            answer = case.call(headers=headers)
            asked += 1
            if answer.status_code >= 500:
                crashed.append(f"{answer.status_code} {case.as_curl_command()[:500]}")

        ask()
    assert crashed == []
    assert asked > 2 * len(list(document.get_all_operations())), "the document was walked"


def _of_browser(client: FlaskClient) -> dict[str, str]:
    """What its scripts send: the cookies, and the token of its forms."""
    token = session_token(client)
    cookies = [client.get_cookie(name) for name in (COOKIE, "archive_form")]
    kept = "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies if cookie is not None)
    return {"Cookie": kept, HEADER: token}


def _known(named: dict[str, Any]) -> dict[str, str]:
    """A case file that is there, and IDs that are IDs: else no request reaches its door."""
    found = {name: str(UUID(int=1)) for name in named if name == "id" or name.endswith("_id")}
    return found | ({"code": OPEN_CODE} if "code" in named else {})
