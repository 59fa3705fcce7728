"""Whether a certificate was revoked, and when: by CRL and OCSP answers that lie before us."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from archive_service.signing.trust.roots import Trust

USABLE_WITHOUT_NEXT = dt.timedelta(days=1)  # RFC 6960 4.2.1: newer answers may be there any time


class AnswerKind(StrEnum):
    """The two forms of an answer."""

    CRL = "crl"
    OCSP = "ocsp"


class AnswerOrigin(StrEnum):
    """Where the answer was found."""

    CARRIED = "carried"  # in the document: DSS, or an attribute of the signature
    TRUST = "trust"  # in a folder of the trusted roots
    FETCHED = "fetched"  # asked for over the network


class Standing(StrEnum):
    """What the answers say of a path."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # no answer that can be relied on covers the moment of signing


@dataclass(frozen=True, slots=True)
class Answer:
    """One CRL or OCSP response, DER."""

    kind: AnswerKind
    der: bytes
    origin: AnswerOrigin = AnswerOrigin.TRUST


@dataclass(frozen=True, slots=True)
class Revocation:
    """What is known of a path; ``revoked_at`` is the earliest revocation in it.

    ``used`` are the answers that were verified and that spoke of a certificate of the path.
    """

    standing: Standing
    revoked_at: dt.datetime | None = None
    reason: str = ""
    used: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    answer: Answer
    parsed: Any  # asn1crypto
    since: dt.datetime
    until: dt.datetime


async def revocation_of(
    path: Any,
    answers: Sequence[Answer],
    *,
    roots: Any,
    others: Any,
    at: dt.datetime,
    now: dt.datetime,
) -> Revocation:
    """What ``answers`` say of each certificate of ``path`` (certvalidator) but its root.

    An answer is verified as of the last moment at which it was fresh, so that a revocation is
    known however long ago; its own signer must lead to a root. Forged answers count for nothing.

    Args:
        roots: trusted roots, asn1crypto.
        others: certificates that help to build the path of whoever signed an answer.
        at: the moment of signing; an answer that vouches must have been made later, or still
            have been fresh then.
        now: the moment of validation.
    """
    read = [found for answer in answers if (found := _read(answer)) is not None]
    used: list[Answer] = []
    revoked: list[tuple[dt.datetime, str]] = []
    vouched = True
    for certificate in path.iter_certs(include_root=False):
        good = False
        for one in read:
            if not _concerns(one, certificate):
                continue
            said = await _answer_of(one, certificate, path, roots, others, now)
            if said is None:
                continue
            if one.answer not in used:
                used.append(one.answer)
            if isinstance(said, tuple):
                revoked.append(said)
            good = good or one.since >= at or one.until >= at
        vouched = vouched and good
    if revoked:
        when, reason = min(revoked)
        return Revocation(Standing.REVOKED, when, reason, tuple(used))
    return Revocation(Standing.GOOD if vouched else Standing.UNKNOWN, used=tuple(used))


async def _answer_of(
    answer: _Read, certificate: Any, path: Any, roots: Any, others: Any, now: dt.datetime
) -> bool | tuple[dt.datetime, str] | None:
    """``True``: good; moment and reason of a revocation; ``None``: nothing that can be believed."""
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator._state import ValProcState
    from pyhanko_certvalidator.errors import (
        CRLValidationError,
        OCSPValidationError,
        PathError,
        RevokedError,
        ValidationError,
    )
    from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
    from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response
    from pyhanko_certvalidator.util import ConsList

    is_crl = answer.answer.kind is AnswerKind.CRL
    context = ValidationContext(
        trust_roots=roots,
        other_certs=others,
        crls=[answer.parsed] if is_crl else [],
        ocsps=[] if is_crl else [answer.parsed],
        moment=max(answer.since, min(answer.until, now)),
        allow_fetching=False,
        revocation_mode="soft-fail",
        retroactive_revinfo=True,
    )
    whole = path if certificate == path.last else path.truncate_to_issuer_and_append(certificate)
    state = ValProcState(cert_path_stack=ConsList.sing(whole), init_index=whole.pkix_len)
    verify = verify_crl if is_crl else verify_ocsp_response
    try:
        await verify(certificate, whole, context, proc_state=state)
    except RevokedError as revoked_error:
        return revoked_error.revocation_dt, str(revoked_error.reason.native)
    except (CRLValidationError, OCSPValidationError, PathError, ValidationError, ValueError):
        return None
    return True


def newest_answer(
    certificate: bytes, answers: Sequence[Answer]
) -> tuple[dt.datetime, dt.datetime] | None:
    """When the newest of these on the certificate (DER) was made, and until when it is fresh."""
    from asn1crypto import x509

    asked = x509.Certificate.load(certificate)
    read = (found for answer in answers if (found := _read(answer)) is not None)
    spans = [(answer.since, answer.until) for answer in read if _concerns(answer, asked)]
    return max(spans, default=None)


def _concerns(answer: _Read, certificate: Any) -> bool:
    """Whether it may speak of the certificate at all: most do not, and verifying is dear."""
    if answer.answer.kind is AnswerKind.CRL:
        return bool(answer.parsed.issuer == certificate.issuer)
    return any(
        response["cert_id"]["serial_number"].native == certificate.serial_number
        for response in _responses(answer.parsed)
    )


def _read(answer: Answer) -> _Read | None:
    """The answer with the time for which it is fresh; ``None`` where it cannot be read."""
    from asn1crypto import crl, ocsp

    try:
        if answer.kind is AnswerKind.CRL:
            listed = crl.CertificateList.load(answer.der)
            tbs = listed["tbs_cert_list"]
            since, until = tbs["this_update"].native, tbs["next_update"].native
            return _Read(answer, listed, since, until or since + USABLE_WITHOUT_NEXT)
        response_of = ocsp.OCSPResponse.load(answer.der)
        spans = [
            (response["this_update"].native, response["next_update"].native)
            for response in _responses(response_of)
        ]
        since, until = spans[0]
        return _Read(answer, response_of, since, until or since + USABLE_WITHOUT_NEXT)
    except (ValueError, TypeError, KeyError, IndexError):  # a carried one may be anything at all
        return None


def _responses(parsed: Any) -> Iterator[Any]:
    if parsed["response_status"].native == "successful":
        yield from parsed.basic_ocsp_response["tbs_response_data"]["responses"]


def carried_answers(signature: Any, reader: Any) -> tuple[list[Answer], list[Any]]:
    """Answers and certificates that the document brings along, for all its signatures.

    From the DSS (ETSI EN 319 142-1, 5.4.2), from ``adbe-revocationInfoArchival`` and from the
    signed data itself. What cannot be read is left out: it proves nothing.
    """
    answers: dict[bytes, Answer] = {}
    certificates: list[Any] = []
    for kind, der in (*_of_attribute(signature), *_of_signed_data(signature)):
        answers.setdefault(der, Answer(kind, der, AnswerOrigin.CARRIED))
    for kind, der in _of_dss(reader, certificates):
        answers.setdefault(der, Answer(kind, der, AnswerOrigin.CARRIED))
    return list(answers.values()), certificates


def _of_attribute(signature: Any) -> Iterator[tuple[AnswerKind, bytes]]:
    from asn1crypto import pdf  # noqa: F401 - registers the attribute
    from pyhanko.sign.general import find_cms_attribute_iter

    name = "adobe_revocation_info_archival"
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    try:
        for archived in find_cms_attribute_iter(signature.signer_info["signed_attrs"], name):
            crls += [list_.dump() for list_ in archived["crl"] or ()]
            ocsps += [answer.dump() for answer in archived["ocsp"] or ()]
    except (KeyError, ValueError, TypeError):  # not there, or not as it should be
        return
    yield from ((AnswerKind.CRL, der) for der in crls)
    yield from ((AnswerKind.OCSP, der) for der in ocsps)


def _of_signed_data(signature: Any) -> Iterator[tuple[AnswerKind, bytes]]:
    try:
        for choice in signature.signed_data["crls"] or ():
            if choice.name == "certificate_list":
                yield AnswerKind.CRL, choice.chosen.dump()
    except (ValueError, TypeError):
        return


def _of_dss(reader: Any, certificates: list[Any]) -> Iterator[tuple[AnswerKind, bytes]]:
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    try:
        store = DocumentSecurityStore.read_dss(reader)
        certificates.extend(store.load_certs())
        crls = [reference.get_object().data for reference in store.crls]
        ocsps = [reference.get_object().data for reference in store.ocsps]
    except NoDSSFoundError:
        return
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in here
        return
    yield from ((AnswerKind.CRL, der) for der in crls)
    yield from ((AnswerKind.OCSP, der) for der in ocsps)


def trusted_answers(trust: Trust) -> list[Answer]:
    """Revocation lists and OCSP responses of the trust folders."""
    crls = [Answer(AnswerKind.CRL, der) for der in trust.revocations]
    return crls + [Answer(AnswerKind.OCSP, der) for der in trust.responses]
