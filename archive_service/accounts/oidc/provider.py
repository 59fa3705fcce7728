"""The identity provider: where the browser is sent, and who its answer says was there.

Authorization code with PKCE (RFC 7636), state and nonce; the issuer is told in the answer (RFC
9207) where the provider says that it tells it. Nothing of the provider is kept: its addresses and
keys are asked for each time, so that keys which it changed count at once.
"""

import hmac
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from archive_service import clock
from archive_service.errors import BackendError, NotAllowedError, NotFoundError
from archive_service.sections import OidcSettings
from archive_service.settings import Settings

if TYPE_CHECKING:  # what asks the provider is imported where it is asked
    from authlib.integrations.requests_client import OAuth2Session

# Of signatures with a key that the provider alone has; "none" and shared secrets are none of them.
_ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512"]
_ALGORITHMS += ["EdDSA", "Ed25519"]
_LEEWAY_S = 30  # that the provider's clock may be off
_QUESTION_S = 600  # in which the browser comes back
# Anybody may ask, and each waits up to ``oidc.timeout_s``: the other threads stay for pages.
_AT_ONCE = threading.BoundedSemaphore(4)
_PATIENCE_S = 1.0  # that one more waits for its turn
_WHY = {"iss": "issuer", "aud": "audience", "azp": "audience", "nonce": "nonce", "exp": "expired"}


class OidcOffError(NotFoundError):
    """No provider is set."""


class OidcAwayError(BackendError):
    """The provider does not answer, or not as a provider does."""


class OidcRefusedError(NotAllowedError):
    """The provider let nobody in, or does not know its own answer any more."""


class OidcAnswerError(NotAllowedError):
    """The answer is not one to our question, or proves nothing: ``reason`` says what is wrong."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the browser keeps while it is at the provider; ``account``: to be bound, if any."""

    state: str
    nonce: str
    verifier: str
    at: int  # seconds
    back: str  # the address that the provider sends the browser to
    wanted: str = ""  # the page asked for before
    account: str = ""

    @classmethod
    def kept(cls, given: Mapping[str, Any] | None) -> "Question":
        """What a browser kept; ``OidcAnswerError`` where that is nothing, or too old."""
        if not given:
            raise OidcAnswerError(reason="state")
        found = cls(**given)
        require_fresh(found.at)
        return found

    def as_kept(self) -> dict[str, Any]:
        """For ``kept``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who was at the provider; ``by_factor``: with a second factor that is trusted there."""

    issuer: str
    subject: str
    by_factor: bool


def require_fresh(at: int) -> None:
    """``OidcAnswerError`` where the browser was sent away too long before now."""
    if not 0 <= _now() - at <= _QUESTION_S:
        raise OidcAnswerError(reason="state")


def ask(
    settings: Settings, *, back: str, wanted: str = "", account: str = ""
) -> tuple[str, Question]:
    """The address at the provider that the browser is sent to, and what it keeps meanwhile.

    Raises:
        OidcOffError, OidcAwayError
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    question = Question(state, nonce, verifier, _now(), back, wanted, account)
    with _provider(settings.oidc, back) as (client, endpoints):
        address, _ = client.create_authorization_url(
            endpoints["authorization_endpoint"],
            state=question.state,
            nonce=question.nonce,
            code_verifier=question.verifier,
        )
    return str(address), question


def identify(settings: Settings, question: Question, answer: Mapping[str, str]) -> Identity:
    """Who the provider's answer proves to be at the browser.

    Raises:
        OidcOffError, OidcAwayError
        OidcRefusedError: the provider says no, also to a code that was used.
        OidcAnswerError: another question's answer, another issuer's, or of a token no proof.
    """
    from authlib.integrations.base_client import OAuthError

    if not hmac.compare_digest(answer.get("state", "").encode(), question.state.encode()):
        raise OidcAnswerError(reason="state")
    oidc = settings.oidc
    with _provider(oidc, question.back) as (client, endpoints):
        if answer.get("iss", "") != oidc.issuer and (
            "iss" in answer or endpoints.get("authorization_response_iss_parameter_supported")
        ):
            raise OidcAnswerError(reason="issuer")
        if not (code := answer.get("code", "")):
            raise OidcRefusedError(reason=answer.get("error", "")[:100])
        try:
            given = client.fetch_token(
                endpoints["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                redirect_uri=question.back,
                code_verifier=question.verifier,
                allow_redirects=False,
            )
        except OAuthError as refused:
            raise OidcRefusedError(reason=str(refused.error)[:100]) from None
        keys = _content(client, endpoints["jwks_uri"])
    claims = _claims(oidc, question, given, keys)
    return Identity(oidc.issuer, str(claims["sub"]), _is_by_factor(oidc, claims))


def end_address(settings: Settings) -> str:
    """Where a person ends their session at the provider; "" where it tells of no such place.

    Raises:
        OidcOffError, OidcAwayError
    """
    oidc = settings.oidc
    with _provider(oidc, "") as (_, endpoints):
        place = urlsplit(str(endpoints.get("end_session_endpoint") or ""))
        if not place.netloc or place.scheme not in {"https", urlsplit(oidc.issuer).scheme}:
            return ""
        query = "&".join(filter(None, (place.query, urlencode({"client_id": oidc.client_id}))))
        return place._replace(query=query).geturl()


def _claims(
    oidc: OidcSettings, question: Question, given: Mapping[str, Any], keys: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What the ID token says, once it is proved to be for us, of now, and an answer to this."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import ClaimError, JoseError
    from joserfc.jwk import JWKRegistry, KeySet

    try:
        known = KeySet([JWKRegistry.import_key(key) for key in keys["keys"]])
        token = jwt.decode(str(given.get("id_token", "")), known, _ALGORITHMS)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": oidc.issuer},
                "aud": {"essential": True, "value": oidc.client_id},
            },
            {
                "nonce": question.nonce,
                "client_id": oidc.client_id,
                "access_token": given.get("access_token"),
            },
        )
        claims.validate(now=_now(), leeway=_LEEWAY_S)
    except ClaimError as wrong:
        raise OidcAnswerError(reason=_WHY.get(wrong.claim or "", "token")) from None
    except (JoseError, ValueError, TypeError, KeyError):
        raise OidcAnswerError(reason="token") from None
    return dict(claims)


def _is_by_factor(oidc: OidcSettings, claims: Mapping[str, Any]) -> bool:
    """Whether the token tells of a factor that the settings trust (``acr``, ``amr``)."""
    methods = claims.get("amr") or []
    return not {claims.get("acr"), *methods}.isdisjoint(oidc.trusted_factors)


@contextmanager
def _provider(oidc: OidcSettings, back: str) -> Iterator[tuple["OAuth2Session", dict[str, Any]]]:
    """A client of the provider, and what the provider tells of itself."""
    from authlib.integrations.requests_client import OAuth2Session
    from requests import RequestException

    if not oidc.issuer:
        raise OidcOffError
    client = OAuth2Session(
        oidc.client_id,
        oidc.client_secret or None,
        redirect_uri=back,
        scope="openid",
        code_challenge_method="S256",
        default_timeout=oidc.timeout_s,
    )
    client.trust_env = False  # no password of a .netrc, no proxy that nobody set here
    client.verify = oidc.authorities or True
    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise OidcAwayError(issuer=oidc.issuer, reason="busy")
    try:
        with client:
            endpoints = _content(
                client, f"{oidc.issuer.rstrip('/')}/.well-known/openid-configuration"
            )
            _require_ours(oidc, endpoints)
            yield client, endpoints
    except (RequestException, ValueError, TypeError, KeyError) as away:
        raise OidcAwayError(issuer=oidc.issuer, reason=type(away).__name__) from None
    finally:
        _AT_ONCE.release()


def _content(client: "OAuth2Session", address: str) -> dict[str, Any]:
    answer = client.get(address, withhold_token=True, allow_redirects=False)
    answer.raise_for_status()
    body = answer.json()
    if not isinstance(body, dict):
        raise TypeError("no object")
    return body


def _require_ours(oidc: OidcSettings, facts: Mapping[str, Any]) -> None:
    """It calls itself as the settings do, and names no address that is less safe than its own."""
    scheme = oidc.issuer.partition("://")[0]
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not str(facts[name]).startswith((f"{scheme}://", "https://")):
            raise ValueError(name)
    if facts.get("issuer") != oidc.issuer:
        raise OidcAnswerError(reason="issuer")


def _now() -> int:
    return int(clock.now().timestamp())
