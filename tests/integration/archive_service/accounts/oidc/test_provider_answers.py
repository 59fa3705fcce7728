"""An answer that proves nothing lets nobody in: replayed, forged, of another, or too late."""

import base64
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from archive_service.accounts.oidc.bindings import bind_own
from archive_service.accounts.oidc.entering import OidcNotBoundError, enter_by_provider
from archive_service.accounts.oidc.provider import (
    Identity,
    OidcAnswerError,
    OidcAwayError,
    OidcRefusedError,
    identify,
)
from archive_service.accounts.oidc.provider import ask as ask_there
from archive_service.accounts.tries import Place
from archive_service.app import create_app
from archive_service.domain.people.account import Role
from archive_service.services import Services
from tests.services.oidc import OTHER_CLIENT, OidcProvider
from tests.worlds.archive import person
from tests.worlds.clients import add_person, sign_in
from tests.worlds.servers.identity import (
    LyingProvider,
    answer_of,
    ask,
    lying_provider,
    sign_in_there,
    with_issuer,
    with_provider,
)

WHO = "huong"


@pytest.fixture
def bound(services: Services, own_oidc: OidcProvider) -> Flask:
    """An archive in which ``lan`` is bound to a person of a real provider."""
    archive = with_provider(services, own_oidc)
    bind_own(archive, Identity(own_oidc.issuer, WHO, by_factor=False), actor=person(archive, "lan"))
    return create_app(archive)


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def changed(path: str, **query: str | None) -> str:
    parts = urlsplit(path)
    given = dict(parse_qsl(parts.query)) | query
    kept = {name: value for name, value in given.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()


def test_a_token_with_another_nonce_is_refused(bound: Flask) -> None:
    client = bound.test_client()
    answer = client.get(answer_of(ask(client), WHO, nonce="another"))
    assert answer.status_code == 403
    assert "không ứng với lần đăng nhập này" in answer.text
    assert not is_in(client)


def test_an_answer_of_another_browser_is_refused(bound: Flask) -> None:
    theirs, mine = bound.test_client(), bound.test_client()
    path = answer_of(ask(theirs), WHO)
    assert mine.get(path).status_code == 403
    ask(mine)
    assert mine.get(path).status_code == 403, "a state that this browser did not send"
    assert not is_in(mine)


def test_an_answer_is_taken_once(bound: Flask) -> None:
    client = bound.test_client()
    path = answer_of(ask(client), WHO)
    with client.session_transaction() as kept:
        question = dict(kept["oidc_question"])
    assert client.get(path).status_code == 303
    again = bound.test_client()
    with again.session_transaction() as kept:
        kept["oidc_question"] = question
    refused = again.get(path)
    assert refused.status_code == 403
    assert "invalid_grant" in refused.text
    assert not is_in(again)


def test_an_answer_of_another_issuer_is_refused(bound: Flask) -> None:
    for issuer in ("https://another.example", None):
        client = bound.test_client()
        path = changed(answer_of(ask(client), WHO), iss=issuer)
        answer = client.get(path)
        assert answer.status_code == 403
        assert "do cổng khác phát hành" in answer.text
        assert not is_in(client)


def test_a_code_needs_the_verifier_of_its_question(bound: Flask) -> None:
    client = bound.test_client()
    path = answer_of(ask(client), WHO)
    with client.session_transaction() as kept:
        kept["oidc_question"] = dict(kept["oidc_question"]) | {"verifier": "v" * 43}
    assert client.get(path).status_code == 403
    assert not is_in(client)


def test_a_code_of_another_system_is_refused(bound: Flask) -> None:
    client = bound.test_client()
    answer = client.get(answer_of(ask(client), WHO, client_id=OTHER_CLIENT))
    assert answer.status_code == 403
    assert not is_in(client)


def test_who_does_not_sign_in_there_is_told(bound: Flask) -> None:
    client = bound.test_client()
    answer = client.get(answer_of(ask(client), ""))
    assert answer.status_code == 403
    assert "access_denied" in answer.text


def test_an_old_question_is_not_answered(bound: Flask) -> None:
    client = bound.test_client()
    path = answer_of(ask(client), WHO)
    with client.session_transaction() as kept:
        question = dict(kept["oidc_question"])
        kept["oidc_question"] = question | {"at": question["at"] - 601}
    assert client.get(path).status_code == 403


def test_keys_that_the_provider_changed_count_at_once(bound: Flask, own_oidc: OidcProvider) -> None:
    assert sign_in_there(bound.test_client(), WHO).status_code == 303
    own_oidc.change_keys()
    assert sign_in_there(bound.test_client(), WHO).status_code == 303


def test_a_provider_away_is_told_and_the_password_goes_on(
    services: Services, own_oidc: OidcProvider
) -> None:
    add_person(services, "quan.tri", Role.ADMIN)
    two = ["bach", "lan"]
    app = create_app(with_provider(services, own_oidc, required=True, local_accounts=two))
    client = app.test_client()
    path = answer_of(ask(client), WHO)
    own_oidc.stop()
    try:
        for answer in (client.get(path), app.test_client().get("/sign-in/provider")):
            assert answer.status_code == 503
            assert "không trả lời" in answer.text
            assert 'name="password"' in answer.text
        assert sign_in(app.test_client(), "bach").status_code == 303
        assert sign_in(app.test_client(), "quan.tri").status_code == 403
    finally:
        own_oidc.restart()


def test_a_provider_that_hangs_holds_four_threads_and_no_more(services: Services) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # it takes calls and never answers
        issuer = f"http://127.0.0.1:{mute.getsockname()[1]}"
        app = create_app(with_issuer(services, issuer, timeout_s=4))
        with ThreadPoolExecutor(5) as callers:
            asked = [callers.submit(app.test_client().get, "/sign-in/provider") for _ in range(5)]
            first, *_ = wait(asked, return_when=FIRST_COMPLETED).done
            assert not all(future.done() for future in asked)  # the four are still waiting
            assert app.test_client().get("/sign-in").status_code == 200
            assert {future.result().status_code for future in (first, *asked)} == {503}


def test_each_refusal_has_its_code(services: Services, own_oidc: OidcProvider) -> None:
    archive = with_provider(services, own_oidc)
    back = "http://localhost/sign-in/provider/back"
    _, question = ask_there(archive.settings, back=back)
    told = {"state": question.state, "iss": own_oidc.issuer, "error": "access_denied"}
    with pytest.raises(OidcRefusedError):
        identify(archive.settings, question, told)
    with pytest.raises(OidcAnswerError):
        identify(archive.settings, question, told | {"state": "another"})
    with pytest.raises(OidcAwayError):
        ask_there(with_issuer(services, "http://127.0.0.1:1").settings, back=back)
    nobody = Identity(own_oidc.issuer, "nobody", by_factor=False)
    with pytest.raises(OidcNotBoundError):
        enter_by_provider(
            archive.database, archive.settings, nobody, otp="", place=Place("127.0.0.1")
        )


@dataclass(frozen=True)
class Lied:
    """An archive with a provider that answers as it is told to."""

    app: Flask
    liar: LyingProvider

    def sign_in(self, make: Callable[[str], str]) -> tuple[int, str]:
        """Status and text of what is shown for an ID token made with the nonce of the question."""
        client = self.app.test_client()
        asked = {name: values[0] for name, values in parse_qs(urlsplit(ask(client)).query).items()}
        self.liar.id_token = make(asked["nonce"])
        query = urlencode({"code": "c", "state": asked["state"]})
        answer = client.get(f"/sign-in/provider/back?{query}")
        assert is_in(client) == (answer.status_code == 303)
        return answer.status_code, answer.text


@pytest.fixture
def lied(services: Services) -> Iterator[Lied]:
    with lying_provider() as liar:
        archive = with_issuer(services, liar.issuer)
        who = Identity(liar.issuer, WHO, by_factor=False)
        bind_own(archive, who, actor=person(archive, "lan"))
        yield Lied(create_app(archive), liar)


def unsigned(token: str, head: dict[str, str]) -> str:
    """The same claims with another head, and without a signature."""
    first = base64.urlsafe_b64encode(json.dumps(head).encode()).decode().rstrip("=")
    return f"{first}.{token.split('.')[1]}."


def test_a_good_token_lets_in(lied: Lied) -> None:
    assert lied.sign_in(lied.liar.token)[0] == 303


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"aud": "another-system"}, "dành cho hệ thống khác"),
        ({"aud": ["archive", "another"], "azp": "another"}, "dành cho hệ thống khác"),
        ({"aud": ["archive", "another"]}, "dành cho hệ thống khác"),
        ({"iss": "https://another.example"}, "do cổng khác phát hành"),
        ({"nonce": "another"}, "không ứng với lần đăng nhập này"),
        ({"nonce": None}, "không ứng với lần đăng nhập này"),
        ({"iat": 1, "exp": 2}, "đã hết hạn"),
        ({"exp": None}, "đã hết hạn"),
        ({"sub": None}, "không kiểm chứng được"),
        ({"at_hash": "wrong"}, "không kiểm chứng được"),
        ({"amr": "otp"}, "không kiểm chứng được"),
    ],
)
def test_what_a_token_says_is_to_fit(lied: Lied, claims: dict[str, Any], words: str) -> None:
    status, text = lied.sign_in(lambda nonce: lied.liar.token(nonce, **claims))
    assert status == 403
    assert words in text


def test_a_token_without_a_signature_of_the_provider_is_refused(lied: Lied) -> None:
    liar = lied.liar
    other = RSAKey.generate_key(2048, {"kid": "one"})
    forged: list[Callable[[str], str]] = [
        lambda nonce: unsigned(liar.token(nonce), {"alg": "none"}),
        lambda nonce: unsigned(liar.token(nonce), {"alg": "HS256", "kid": "one"}) + "eA",
        lambda nonce: liar.token(nonce, signed_by=other),
        lambda _: "",
        lambda _: "a.b.c",
    ]
    for make in forged:
        status, text = lied.sign_in(make)
        assert status == 403
        assert "không kiểm chứng được" in text


def test_a_token_of_a_key_that_is_no_longer_told_is_refused(lied: Lied) -> None:
    old = lied.liar.key
    lied.liar.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    status, _ = lied.sign_in(lambda nonce: lied.liar.token(nonce, signed_by=old))
    assert status == 403


def test_a_provider_that_calls_itself_otherwise_is_none(lied: Lied) -> None:
    lied.liar.metadata = {"issuer": "https://another.example"}
    assert lied.app.test_client().get("/sign-in/provider").status_code == 403


@pytest.mark.parametrize(
    "metadata", [{"token_endpoint": "ftp://127.0.0.1/token"}, {"jwks_uri": None}]
)
def test_what_is_no_provider_is_away(lied: Lied, metadata: dict[str, Any]) -> None:
    lied.liar.metadata = metadata
    assert lied.app.test_client().get("/sign-in/provider").status_code == 503


def test_nobody_is_sent_to_another_place_afterwards(bound: Flask) -> None:
    client = bound.test_client()
    shown = sign_in_there(client, WHO, "//evil.example/x")
    assert shown.status_code == 303
    assert "evil" not in shown.headers["Location"]
    assert sign_in_there(bound.test_client(), WHO, "/account").headers["Location"] == "/account"
