"""Says of each signature in a PDF whose it is and whether it held when it was made."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any

from archive_service import clock
from archive_service.signing.pdf.report import Addition, Evidence, Outcome, Proof, SignatureReport
from archive_service.signing.trust.certificate import Moment, any_path, outcome_of, stamp_revoked
from archive_service.signing.trust.fetch import fetch_answers
from archive_service.signing.trust.judged_by import (
    any_signing_usage,
    hush,
    path_context,
    trusted_others,
)
from archive_service.signing.trust.revocation import (
    Answer,
    Revocation,
    Standing,
    carried_answers,
    revocation_of,
    trusted_answers,
)
from archive_service.signing.trust.roots import Anchor, Trust
from archive_service.signing.trust.weakness import weakness_of


@dataclass(slots=True)
class _Judging:
    """What all signatures of one document are judged by."""

    trust: Trust
    now: dt.datetime
    reader: Any
    roots: list[Any]
    fetch: bool = False  # whether revocation answers that are not at hand may be asked for
    stamps: list[tuple[int, dt.datetime, Any]] = field(default_factory=list)  # of the document
    answers: list[Answer] = field(default_factory=list)  # of the trust folders
    stamp_gone: Revocation | None = None  # why one of them proves nothing


@dataclass(slots=True)
class _Seen:
    """One signature while it is judged."""

    signature: Any
    status: Any
    at: dt.datetime
    proof: Proof
    answers: list[Answer]
    others: list[Any]
    stamp_der: bytes = b""
    stamp_gone: Revocation | None = None  # why a stamp of it proves nothing
    path: Any = None
    revocation: Revocation = field(default_factory=lambda: Revocation(Standing.UNKNOWN))


def inspect_signatures(
    path: Path,
    trust: Trust,
    now: dt.datetime | None = None,
    fetch: bool = False,  # noqa: FBT001, FBT002 - crosses a pipe
) -> list[SignatureReport]:
    """A report for each signature, in the order in which they were made.

    NĐ 23/2025 Điều 16: the state of the certificate at the time of signing is what counts. Never
    raises for what is in the file, however broken.

    Args:
        now: the moment of validation, aware; this one if not given.
        fetch: whether authorities may be asked about certificates of theirs; otherwise no network
            is touched.
    """
    from asn1crypto import x509
    from pyhanko.pdf_utils.reader import PdfFileReader

    hush()
    with path.open("rb") as document:
        try:
            reader = PdfFileReader(document, strict=False)
            if reader.encrypted:
                return [SignatureReport(field="", errors=("pdf-encrypted",))]
            signatures = list(reader.embedded_regular_signatures)
        except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in the parser
            return [SignatureReport(field="", errors=("pdf-unreadable",))]
        roots = [x509.Certificate.load(der) for der in trust.roots]
        judging = _Judging(trust, now or clock.now(), reader, roots, fetch)
        judging.answers = trusted_answers(trust)
        return asyncio.run(_inspect_all(signatures, judging)) if signatures else []


async def _inspect_all(signatures: list[Any], judging: _Judging) -> list[SignatureReport]:
    judging.stamps = await _document_stamps(judging)
    return [await _inspected(signature, judging) for signature in signatures]


async def _inspected(signature: Any, judging: _Judging) -> SignatureReport:
    name = str(signature.field_name)
    try:
        return await _report(name, signature, judging)
    except Exception as wrong:  # noqa: BLE001 - a hostile file may raise anything at all in here
        errors = ("signature-unreadable", type(wrong).__name__)
        return SignatureReport(field=name, errors=errors, validated_at=judging.now)


async def _report(name: str, signature: Any, judging: _Judging) -> SignatureReport:
    from pyhanko.sign.validation import SignatureCoverageLevel

    from archive_service.signing.trust.subject import subject_of

    seen = await _seen(signature, judging)
    status, certificate = seen.status, signature.signer_cert
    added = _added_later(status)
    weak = weakness_of(signature, seen.path)
    outcome = await _outcome(seen, judging, added=added, weak=weak)
    subject = subject_of(certificate)
    anchor = _anchor(seen, judging)
    return SignatureReport(
        field=name,
        signer=subject.name,
        organization=subject.organization,
        identifier=subject.identifier,
        issuer=str(certificate.issuer.native.get("common_name", "")),
        kind=subject.kind,
        signed_at=None if seen.proof is Proof.NONE else seen.at.astimezone(dt.UTC),
        timestamped=seen.proof in (Proof.TIMESTAMP, Proof.DOCUMENT_TIMESTAMP),
        intact=bool(status.intact),
        valid=bool(status.valid),
        trusted=outcome.holds,
        covers_whole_document=status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
        altered_later=added is Addition.CONTENT,
        algorithm=f"{status.md_algorithm}/{status.pkcs7_signature_mechanism}",
        errors=tuple(_errors(seen, outcome, added)),
        outcome=outcome,
        proof=seen.proof,
        added_later=added,
        weak=weak,
        certificate_from=certificate.not_valid_before,
        certificate_to=certificate.not_valid_after,
        serial=f"{certificate.serial_number:x}",
        root="" if anchor is None else anchor.name or _root_name(seen.path),
        root_role="" if anchor is None else anchor.role.value,
        revocation=seen.revocation.standing.value,
        revoked_at=seen.revocation.revoked_at,
        validated_at=judging.now,
        evidence=tuple(_evidence(seen)),
    )


async def _seen(signature: Any, judging: _Judging) -> _Seen:
    """The signature judged by its chain at the moment that is proved best."""
    from pyhanko.sign.validation import async_validate_pdf_signature

    answers, others = carried_answers(signature, judging.reader)
    answers += judging.answers
    stamped_at, token = _stamped_at(signature)
    claimed = signature.self_reported_timestamp
    document_stamp = next(
        (one for one in judging.stamps if one[0] >= signature.signed_revision), None
    )

    async def status_at(moment: dt.datetime, stamp: dt.datetime | None) -> Any:
        return await async_validate_pdf_signature(
            signature,
            signer_validation_context=path_context(judging.trust, moment, others, judging.roots),
            ts_validation_context=path_context(
                judging.trust, stamp or moment, others, judging.roots
            ),
            key_usage_settings=any_signing_usage(),
        )

    moment = stamped_at or claimed or judging.now
    status = await status_at(moment, stamped_at)
    proof = Proof.CLAIMED if claimed is not None else Proof.NONE
    stamp_gone: Revocation | None = None
    if holds := stamped_at is not None and _timestamp_holds(status):
        stamp = status.timestamp_validity
        stamp_gone = await _stamp_gone(stamp, stamped_at, answers, others, judging)
    if holds and stamp_gone is None:
        proof = Proof.TIMESTAMP
    elif document_stamp is not None:
        proof, moment, token = Proof.DOCUMENT_TIMESTAMP, document_stamp[1], document_stamp[2]
        status = await status_at(moment, stamped_at)
    elif stamped_at is not None:  # a stamp that nobody answers for proves nothing
        moment = claimed or judging.now
        status = await status_at(moment, stamped_at)
    seen = _Seen(signature, status, moment, proof, answers, others)
    seen.stamp_der = b"" if token is None else token.dump()
    proved = proof in (Proof.TIMESTAMP, Proof.DOCUMENT_TIMESTAMP)
    seen.stamp_gone = None if proved else stamp_gone or judging.stamp_gone
    if status.trusted:
        seen.path = status.validation_path
    else:
        certificate = signature.signer_cert
        known = [*others, *signature.other_embedded_certs]
        seen.path = await any_path(certificate, moment, judging.trust, known, judging.roots)
    if seen.path is not None:
        seen.revocation = await _revocation(seen, judging)
        if judging.fetch and seen.revocation.standing is Standing.UNKNOWN:
            seen.answers += fetch_answers(seen.path)
            seen.revocation = await _revocation(seen, judging)
    return seen


async def _stamp_gone(
    stamp: Any, at: Any, answers: list[Answer], others: list[Any], judging: _Judging
) -> Revocation | None:
    return await stamp_revoked(
        stamp.validation_path,
        answers,
        roots=judging.roots,
        others=[*others, *trusted_others(judging.trust)],
        at=at,
        now=judging.now,
    )


async def _revocation(seen: _Seen, judging: _Judging) -> Revocation:
    own = seen.signature.other_embedded_certs
    known = [*seen.others, *own, *trusted_others(judging.trust)]
    return await revocation_of(
        seen.path,
        seen.answers,
        roots=judging.roots,
        others=known,
        at=seen.at,
        now=judging.now,
    )


async def _outcome(seen: _Seen, judging: _Judging, *, added: Addition, weak: str) -> Outcome:
    """The gravest that holds: first the bytes, then the certificate at that moment."""
    from pyhanko.sign.validation import SignatureCoverageLevel

    status = seen.status
    if not status.intact:
        return Outcome.BROKEN
    if not status.valid:
        return Outcome.INVALID
    if status.coverage not in (
        SignatureCoverageLevel.ENTIRE_FILE,
        SignatureCoverageLevel.ENTIRE_REVISION,
    ):
        return Outcome.PARTIAL
    if added is Addition.CONTENT:
        return Outcome.ALTERED_LATER
    return _of_certificate(seen, judging, weak=weak)


def _of_certificate(seen: _Seen, judging: _Judging, *, weak: str) -> Outcome:
    proved = seen.proof in (Proof.TIMESTAMP, Proof.DOCUMENT_TIMESTAMP)
    return outcome_of(
        seen.signature.signer_cert,
        seen.path,
        seen.revocation,
        _anchor(seen, judging),
        Moment(seen.at, judging.now, proved),
        weak=weak,
        trusted=bool(seen.status.trusted),
    )


def _anchor(seen: _Seen, judging: _Judging) -> Anchor | None:
    if seen.path is None:
        return None
    return judging.trust.anchor_of(seen.path.first.dump(), seen.at)


def _root_name(path: Any) -> str:
    return str(path.first.subject.native.get("common_name", ""))


def _added_later(status: Any) -> Addition:
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import SignatureCoverageLevel

    if status.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return Addition.NOTHING
    level = status.modification_level
    if level is None or level is ModificationLevel.OTHER:
        return Addition.CONTENT
    if level is ModificationLevel.ANNOTATIONS:
        return Addition.CONTENT
    evidence = level in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
    return Addition.EVIDENCE if evidence else Addition.FORM


def _errors(seen: _Seen, outcome: Outcome, added: Addition) -> Iterator[str]:
    status = seen.status
    if not status.intact:
        yield "digest-differs"
    if not status.valid:
        yield "signature-invalid"
    # Of bytes that do not match the library looks for no path: whether there is one, we know.
    unlooked = not (status.intact and status.valid) and seen.path is not None
    if not status.trusted and outcome is not Outcome.REVOKED_BEFORE and not unlooked:
        yield "untrusted"
        problem = status.trust_problem_indic
        if isinstance(problem, Enum):
            yield problem.name.lower().replace("_", "-")
    if outcome in (Outcome.REVOKED_BEFORE, Outcome.REVOKED_AFTER, Outcome.REVOKED_AFTER_DOUBTFUL):
        yield "revoked"
    if added is Addition.CONTENT:
        yield "altered-later"
    if status.timestamp_validity is not None and not _timestamp_holds(status):
        yield "timestamp-untrusted"
    if seen.stamp_gone is not None:
        yield "timestamp-revoked"


def _timestamp_holds(status: Any) -> bool:
    stamp = status.timestamp_validity
    return stamp is not None and bool(stamp.intact and stamp.valid and stamp.trusted)


def _stamped_at(signature: Any) -> tuple[dt.datetime | None, Any]:
    """The moment that the stamp within the signature names, and the stamp."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    token = next(iter(extract_tst_data_iter(signature.signer_info, signed=False)), None)
    return (None, None) if token is None else (_named_moment(token), token)


def _named_moment(signed_data: Any) -> dt.datetime | None:
    moment = signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    return moment if isinstance(moment, dt.datetime) else None


async def _document_stamps(judging: _Judging) -> list[tuple[int, dt.datetime, Any]]:
    """Revision, moment and token of each document time stamp that holds, earliest first."""
    from pyhanko.sign.validation import SignatureCoverageLevel, async_validate_pdf_timestamp

    found: list[tuple[int, dt.datetime, Any]] = []
    try:
        for stamp in judging.reader.embedded_timestamp_signatures:
            moment = _named_moment(stamp.signed_data)
            if moment is None:
                continue
            carried, others = carried_answers(stamp, judging.reader)
            context = path_context(judging.trust, moment, others, judging.roots)
            status = await async_validate_pdf_timestamp(stamp, context, skip_diff=True)
            whole = status.coverage in (
                SignatureCoverageLevel.ENTIRE_FILE,
                SignatureCoverageLevel.ENTIRE_REVISION,
            )
            holds = whole and status.intact and status.valid and status.trusted
            answers = [*carried, *judging.answers]
            gone = await _stamp_gone(status, moment, answers, others, judging) if holds else None
            judging.stamp_gone = judging.stamp_gone or gone
            if holds and gone is None:
                found.append((stamp.signed_revision, moment, stamp.signed_data))
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in here
        return sorted(found, key=lambda one: one[1])
    return sorted(found, key=lambda one: one[1])


def _evidence(seen: _Seen) -> Iterator[Evidence]:
    """Certificates of the path (else those that came), the answers relied on, the time stamp."""
    certificates: Iterable[Any] = (
        [seen.signature.signer_cert, *seen.signature.other_embedded_certs]
        if seen.path is None
        else reversed(list(seen.path.iter_certs(include_root=True)))
    )
    kept = [("certificate", one.dump()) for one in certificates]
    of_stamp = () if seen.stamp_gone is None else seen.stamp_gone.used
    kept += [(one.kind.value, one.der) for one in (*seen.revocation.used, *of_stamp)]
    if seen.stamp_der:
        kept.append(("timestamp", seen.stamp_der))
    for kind, der in dict.fromkeys(kept):
        yield Evidence(kind, sha256(der).hexdigest(), len(der), der)
