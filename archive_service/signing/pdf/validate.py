"""Says of each signature in a PDF whose it is and whether it held when it was made."""

import asyncio
import datetime as dt
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO, Any

from archive_service import clock
from archive_service.signing.pdf.judge import Seen, evidence_of, judge
from archive_service.signing.pdf.later.change import Change, ChangeKind, Standing, Weight, weight_of
from archive_service.signing.pdf.opened import Opened, opened, rebuilt
from archive_service.signing.pdf.report import Addition, Outcome, Proof, SignatureReport
from archive_service.signing.pdf.stamps import Judging, judge_document_stamps, timestamp_holds
from archive_service.signing.trust.certificate import Moment, outcome_of
from archive_service.signing.trust.judged_by import hush
from archive_service.signing.trust.revocation import trusted_answers
from archive_service.signing.trust.roots import Anchor, Trust
from archive_service.signing.trust.weakness import weakness_of

COMPARING_S = 60  # of processor time; which revisions are not compared by then is told
_OF_WEIGHT = {
    Weight.CONTENT: "altered-later",
    Weight.FORM: "form-changed-later",
    Weight.UNKNOWN: "changes-uncompared",
}


def inspect_signatures(
    path: Path,
    trust: Trust,
    now: dt.datetime | None = None,
    fetch: bool = False,  # noqa: FBT001, FBT002 - crosses a pipe
    compare: bool = True,  # noqa: FBT001, FBT002 - crosses a pipe
    anew: bool = False,  # noqa: FBT001, FBT002 - crosses a pipe
) -> list[SignatureReport]:
    """A report for each signature, in the order in which they were made.

    NĐ 23/2025 Điều 16: the state of the certificate at the time of signing is what counts. Never
    raises for what is in the file, however broken.

    Args:
        now: the moment of validation, aware; this one if not given.
        fetch: whether authorities may be asked about certificates of theirs; otherwise no network
            is touched.
        compare: whether the revision of each signature is compared with the last one. Without it
            nothing is said of what came later; for files that were just signed here.
        anew: whether they are asked though an answer is at hand: it may be of long ago.
    """
    from asn1crypto import x509

    hush()
    moment = now or clock.now()
    with opened(path) as paper, ExitStack() as later:
        try:
            try:
                reader, signatures, unread = _found(paper.document, paper)
            except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in the parser
                document = later.enter_context(rebuilt(paper))
                reader, signatures, unread = _found(document, paper)
        except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in the parser
            return [_unjudged("", "pdf-unreadable", moment)]
        if reader.encrypted:
            return [_unjudged("", "pdf-encrypted", moment)]
        roots = [x509.Certificate.load(der) for der in trust.roots]
        judging = Judging(trust, moment, reader, roots, fetch, anew)
        judging.answers = trusted_answers(trust)
        further = [_Further(one.end, one.field, known=False) for one in unread if one.end]
        seen_in = paper.path if compare else None
        found = asyncio.run(_inspect_all(signatures, further, judging, seen_in))
    return found + [
        _unjudged(one.field, one.reason, moment, one.detail)
        if one.unknown
        else SignatureReport(field=one.field, errors=(one.reason,), validated_at=moment)
        for one in unread
    ]


def _found(document: IO[bytes], paper: Opened) -> tuple[Any, list[Any], list[Any]]:
    """A reader of the document, its signatures, those among them that the last revision dropped.

    None of an encrypted one.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    from archive_service.signing.pdf.dropped import dropped_signatures
    from archive_service.signing.pdf.embedded import REVISIONS, find_signatures

    reader = PdfFileReader(document, strict=False)
    if reader.encrypted:
        return reader, [], []
    signatures, unread = find_signatures(reader, paper)
    # One that lies elsewhere than it claims is none of that revision: others may be.
    known = [signature.end for signature in signatures if signature.coverage in REVISIONS]
    known += [one.end for one in unread]
    dropped, unlooked = dropped_signatures(paper, known)
    found = sorted([*signatures, *dropped], key=lambda one: one.end)
    return reader, found, [*unread, *unlooked]


def _unjudged(
    field: str, reason: str, at: dt.datetime, detail: str = "", **known: Any
) -> SignatureReport:
    """What nobody can say anything about here, with why."""
    return SignatureReport(
        field=field,
        errors=(reason,),
        outcome=Outcome.UNJUDGED,
        algorithm=detail,
        validated_at=at,
        **known,
    )


async def _inspect_all(
    found: list[Any], unread: list["_Further"], judging: Judging, path: Path | None
) -> list[SignatureReport]:
    stamps = [one for one in found if one.is_stamp]
    await judge_document_stamps(stamps, judging)
    signatures = [one for one in found if not one.is_stamp]
    seen = [await _inspected(one, judging) for one in signatures]
    further = unread + [
        _Further(stamp.end, stamp.field_name, _stamps(stamp, judging), is_stamp=True)
        for stamp in stamps
        if not stamp.is_dropped
    ]
    deadline = time.thread_time() + COMPARING_S
    reports = []
    # The last first: what a further signature may show rests on how it stands itself.
    for signature, one in reversed(list(zip(signatures, seen, strict=True))):
        known, may_show = False, _is_revision(signature)
        if isinstance(one, Seen):
            changes = () if path is None else _changes(one, path, further, judging, deadline)
            reports.append(_report(one, judging, changes))
            may_show = may_show and one.fits
            known = may_show and _is_known(one, judging) and weight_of(changes) in _KEPT
        else:
            reports.append(one)
            may_show = may_show and one.outcome is Outcome.UNJUDGED  # else nobody signed
        if may_show and not signature.is_dropped:
            further.append(_Further(signature.end, str(signature.field_name), known))
    pairs = list(zip(signatures, reports[::-1], strict=True))
    holding = [one.end for one, report in pairs if report.trusted and not one.is_dropped]
    return [
        report
        for one, report in pairs
        # What somebody who is known signed later is what counts.
        if not (one.is_dropped and any(end > one.end for end in holding))
    ]


@dataclass(frozen=True, slots=True)
class _Further:
    """A signature whose picture may be new to those that were made before."""

    end: int
    field: str
    known: bool
    is_stamp: bool = False  # of the document; it signs nothing, and no lock forbids it


_KEPT = (Weight.NOTHING, Weight.FORM)  # else its picture may not be what was signed


def _stamps(stamp: Any, judging: Judging) -> bool:
    return any(held.end == stamp.end for held in judging.stamps)


def _is_revision(signature: Any) -> bool:
    from archive_service.signing.pdf.embedded import REVISIONS

    return signature.coverage in REVISIONS


def _is_known(seen: Seen, judging: Judging) -> bool:
    return _of_certificate(seen, judging, weak=weakness_of(seen.signature, seen.path)).holds


async def _inspected(signature: Any, judging: Judging) -> Seen | SignatureReport:
    from archive_service.signing.pdf.status import CannotJudgeError, MalformedError

    name, at = str(signature.field_name), judging.now
    try:
        return await judge(signature, judging)
    except CannotJudgeError as wrong:
        return _unjudged(name, wrong.reason, at, wrong.detail, **_whose(signature))
    except MalformedError:
        return SignatureReport(
            field=name,
            errors=("signature-invalid",),
            outcome=Outcome.INVALID,
            validated_at=at,
            **_whose(signature),
        )
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in here
        return _unjudged(name, "signature-unreadable", at, **_whose(signature))


def _whose(signature: Any) -> dict[str, Any]:
    """Whom its certificate names, where it can be read."""
    from archive_service.signing.trust.subject import whose

    try:
        return {**whose(signature.signer_cert)}
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in here
        return {}


def _changes(
    seen: Seen, path: Path, further: Sequence[_Further], judging: Judging, deadline: float
) -> tuple[Change, ...]:
    """What a reader sees otherwise since this signature; asked of those that fit their bytes."""
    from pyhanko.sign.validation import SignatureCoverageLevel

    from archive_service.signing.pdf.later.compare import changes_since

    if not (seen.status.coverage is SignatureCoverageLevel.ENTIRE_REVISION and seen.fits):
        return ()
    signature = seen.signature
    other = Standing.STRANGER if _is_known(seen, judging) else Standing.UNKNOWN
    # A copy of an earlier signature in another field proves nothing; of two of one name, the worse.
    after = [one for one in further if one.end > signature.end]
    signed = {one.field: Standing.KNOWN for one in after if one.known}
    signed |= {one.field: other for one in after if not one.known}
    found = changes_since(path, signature.end, signed, deadline=deadline, locks=signature.forbids)
    if signature.forbids_all:
        forbidden = (one.field for one in after if not one.is_stamp)
        found += tuple(Change(ChangeKind.SIGNATURE_FORBIDDEN, name) for name in forbidden)
    return found


def _report(seen: Seen, judging: Judging, changes: tuple[Change, ...]) -> SignatureReport:
    from pyhanko.sign.validation import SignatureCoverageLevel

    status, signature = seen.status, seen.signature
    certificate = signature.signer_cert
    weight = weight_of(changes)
    weak = weakness_of(signature, seen.path)
    outcome = _outcome(seen, judging, weight=weight, weak=weak)
    anchor = _anchor(seen, judging)
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    added = Addition.NOTHING if whole else _ADDED[weight]
    return SignatureReport(
        field=str(signature.field_name),
        **_whose(signature),
        signed_at=None if seen.proof is Proof.NONE else seen.at.astimezone(dt.UTC),
        timestamped=seen.proof in (Proof.TIMESTAMP, Proof.DOCUMENT_TIMESTAMP),
        intact=bool(status.intact),
        valid=bool(status.valid),
        trusted=outcome.holds,
        covers_whole_document=whole,
        altered_later=weight is Weight.CONTENT,
        algorithm=f"{status.md_algorithm}/{status.pkcs7_signature_mechanism}",
        errors=tuple(_errors(seen, outcome, weight)),
        outcome=outcome,
        proof=seen.proof,
        added_later=added,
        changes=changes,
        weak=weak,
        certificate_from=certificate.not_valid_before,
        certificate_to=certificate.not_valid_after,
        serial=f"{certificate.serial_number:x}",
        root="" if anchor is None else anchor.name or _root_name(seen.path),
        root_role="" if anchor is None else anchor.role.value,
        revocation=seen.revocation.standing.value,
        revoked_at=seen.revocation.revoked_at,
        validated_at=judging.now,
        evidence=tuple(evidence_of(seen)),
    )


_ADDED = {
    Weight.NOTHING: Addition.EVIDENCE,
    Weight.UNKNOWN: Addition.EVIDENCE,
    Weight.FORM: Addition.FORM,
    Weight.CONTENT: Addition.CONTENT,
}


def _outcome(seen: Seen, judging: Judging, *, weight: Weight, weak: str) -> Outcome:
    """The gravest that holds: first the bytes, then the certificate at that moment."""
    status = seen.status
    if not status.intact:
        return Outcome.BROKEN
    if not status.valid:
        return Outcome.INVALID
    if not _is_revision(seen.signature):
        return Outcome.PARTIAL
    certificate = _of_certificate(seen, judging, weak=weak)
    if not (certificate.holds or certificate in _DOUBTFUL):
        return certificate  # an unknown signer becomes no better known by what came later
    return _OF_CHANGES.get(weight, certificate)


_DOUBTFUL = (Outcome.WEAK, Outcome.REVOKED_AFTER_DOUBTFUL)
_OF_CHANGES = {
    Weight.CONTENT: Outcome.ALTERED_LATER,
    Weight.FORM: Outcome.FORM_CHANGED_LATER,
    Weight.UNKNOWN: Outcome.UNJUDGED,
}


def _of_certificate(seen: Seen, judging: Judging, *, weak: str) -> Outcome:
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


def _anchor(seen: Seen, judging: Judging) -> Anchor | None:
    if seen.path is None:
        return None
    return judging.trust.anchor_of(seen.path.first.dump(), seen.at)


def _root_name(path: Any) -> str:
    return str(path.first.subject.native.get("common_name", ""))


def _errors(seen: Seen, outcome: Outcome, weight: Weight) -> Iterator[str]:
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
    if weight is not Weight.NOTHING:
        yield _OF_WEIGHT[weight]
    if status.timestamp_validity is not None and not timestamp_holds(status):
        yield "timestamp-untrusted"
    if seen.stamp_gone is not None:
        yield "timestamp-revoked"
