"""What is told of one signature once it was judged: in a PDF, a letter or a file beside it."""

import datetime as dt
from collections.abc import Iterator
from enum import Enum
from typing import Any

from archive_service.signing.pdf.judge import Seen, evidence_of, judge
from archive_service.signing.pdf.later.change import Change, Weight, weight_of
from archive_service.signing.pdf.report import Addition, Outcome, Proof, SignatureReport
from archive_service.signing.pdf.stamps import Judging, timestamp_holds
from archive_service.signing.trust.certificate import Moment, outcome_of
from archive_service.signing.trust.roots import Anchor
from archive_service.signing.trust.weakness import weakness_of

_OF_WEIGHT = {
    Weight.CONTENT: "altered-later",
    Weight.FORM: "form-changed-later",
    Weight.UNKNOWN: "changes-uncompared",
}


def unjudged(
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


async def inspected(signature: Any, judging: Judging) -> Seen | SignatureReport:
    """One signature as it was judged, or the report on one that cannot be."""
    from archive_service.signing.pdf.status import CannotJudgeError, MalformedError

    at = judging.now
    try:
        return await judge(signature, judging)
    except CannotJudgeError as wrong:
        return unjudged_of(signature, wrong.reason, at, wrong.detail)
    except MalformedError:
        return SignatureReport(
            field=str(signature.field_name),
            errors=("signature-invalid",),
            outcome=Outcome.INVALID,
            validated_at=at,
            **_named(signature),
        )
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in here
        return unjudged_of(signature, "signature-unreadable", at)


def unjudged_of(signature: Any, reason: str, at: dt.datetime, detail: str = "") -> SignatureReport:
    """The same of a signature that was read, with whom its certificate names."""
    return unjudged(str(signature.field_name), reason, at, detail, **_named(signature))


def _named(signature: Any) -> dict[str, Any]:
    """Whom its certificate names, where it can be read."""
    from archive_service.signing.trust.subject import whose

    try:
        return {**whose(signature.signer_cert)}
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in here
        return {}


def is_revision(signature: Any) -> bool:
    """Whether it covers a whole revision of its file."""
    from archive_service.signing.pdf.embedded import REVISIONS

    return signature.coverage in REVISIONS


def report_of(seen: Seen, judging: Judging, changes: tuple[Change, ...] = ()) -> SignatureReport:
    """All that is told of one signature; ``changes`` are what a reader sees otherwise since it."""
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
        **_named(signature),
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
    if not is_revision(seen.signature):
        return Outcome.PARTIAL
    certificate = of_certificate(seen, judging, weak=weak)
    if not (certificate.holds or certificate in _DOUBTFUL):
        return certificate  # an unknown signer becomes no better known by what came later
    return _OF_CHANGES.get(weight, certificate)


_DOUBTFUL = (Outcome.WEAK, Outcome.REVOKED_AFTER_DOUBTFUL)
_OF_CHANGES = {
    Weight.CONTENT: Outcome.ALTERED_LATER,
    Weight.FORM: Outcome.FORM_CHANGED_LATER,
    Weight.UNKNOWN: Outcome.UNJUDGED,
}


def of_certificate(seen: Seen, judging: Judging, *, weak: str) -> Outcome:
    """What its certificate makes of it, whatever came later."""
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
