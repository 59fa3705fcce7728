"""Signing keys that stay on a PKCS#11 token: a hardware security module or a smart card."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archive_service.signing.key_stores.pdf_key import PdfKey
from archive_service.signing.key_stores.pin import PinGuard
from archive_service.signing.key_stores.token import token_of
from archive_service.signing.port import SigningKeyError
from archive_service.signing.timestamp import TimestampService


@dataclass(frozen=True, slots=True)
class TokenKey:
    """What a URL such as ``pkcs11:///lib/path.so?token=LABEL&key=LABEL&agency=CODE`` says."""

    library: str
    token: str
    key: str

    @classmethod
    def parse(cls, url: str) -> "TokenKey":
        """Read the URL; ``SigningKeyError`` for another form, or one that holds a PIN."""
        parts = urlsplit(url)
        facts = {name: values[0] for name, values in parse_qs(parts.query).items()}
        wrong = set(facts) - {"token", "key", "agency"} or not {"token", "key"} <= set(facts)
        if parts.scheme != "pkcs11" or not parts.path.startswith("/") or wrong:
            reason = "pkcs11:///lib/path.so?token=…&key=…"
            raise SigningKeyError(url=url.partition("?")[0], reason=reason)
        return cls(parts.path, facts["token"], facts["key"])


class Pkcs11Signer(PdfKey):
    """A key on a token. Certificate and chain come from there too; the key never leaves it."""


def open_pkcs11(
    url: str, *, home: Path, timestamps: TimestampService | None = None
) -> Pkcs11Signer:
    """The key that a URL of ``signing.keys`` names; see ``PinGuard`` for its PIN.

    Raises:
        SigningKeyError: another form of URL, no such library, or no certificate for the key.
        SigningKeyNotFoundError: no such key on the token, or no PIN.
        TokenAwayError, TokenPinError, TokenLockedError: see ``Token.use``.
    """
    from archive_service.signing.pdf.pyhanko_adapters import CallbackSigner

    where = TokenKey.parse(url)
    token, guard = token_of(where.library, where.token), PinGuard(home / "keys", where.token)
    certificate, chain = token.use(guard, lambda session: _certificates(session, where))

    def signed(data: bytes, mechanism: Any, digest: str) -> bytes:
        return token.use(guard, lambda session: _signed(session, where, data, mechanism, digest))

    return Pkcs11Signer(CallbackSigner(certificate, chain, signed), timestamps)


def _private_key(session: Any, where: TokenKey) -> Any:
    from pkcs11 import Attribute, NoSuchKey, ObjectClass

    found = list(
        session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: where.key})
    )
    if not found:
        raise NoSuchKey(where.key)
    if len(found) > 1:
        raise SigningKeyError(token=where.token, reason=f"two keys labelled {where.key}")
    return found[0]


def _certificates(session: Any, where: TokenKey) -> tuple[Any, list[Any]]:
    """The key's own certificate, by its id or else its label, and those above it on the token.

    Of several, such as an old one and its successor, the one that is valid for longest.
    """
    from asn1crypto import x509
    from pkcs11 import Attribute, ObjectClass

    number = _private_key(session, where)[Attribute.ID]
    own: list[Any] = []
    others: list[Any] = []
    for held in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        certificate = x509.Certificate.load(held[Attribute.VALUE])
        by_id = number and held[Attribute.ID] == number
        (own if by_id or held[Attribute.LABEL] == where.key else others).append(certificate)
    if not own:
        raise SigningKeyError(token=where.token, reason=f"no certificate for {where.key}")
    own.sort(key=lambda key: key.not_valid_after)
    return own[-1], list(_above(own[-1], others))


def _above(certificate: Any, others: list[Any]) -> Iterator[Any]:
    """Its issuer, the issuer's and so on, as far as they are among ``others``."""
    below = certificate
    while issuer := next((other for other in others if other.subject == below.issuer), None):
        yield issuer
        others = [other for other in others if other is not issuer]
        below = issuer


def _signed(session: Any, where: TokenKey, data: bytes, mechanism: Any, digest: str) -> bytes:
    from pyhanko.sign.pkcs11 import select_pkcs11_signing_params

    held = session.token.slot.get_mechanisms()
    wanted = select_pkcs11_signing_params(mechanism, digest, False, {})
    if wanted.sign_kwargs["mechanism"] not in held:  # some sign a digest that is made outside
        wanted = select_pkcs11_signing_params(mechanism, digest, True, {})
    if wanted.pre_sign_transform is not None:
        data = wanted.pre_sign_transform(data)
    signature: bytes = _private_key(session, where).sign(data, **wanted.sign_kwargs)
    made = wanted.post_sign_transform
    return signature if made is None else made(signature)
