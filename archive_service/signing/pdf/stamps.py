"""Time stamps: within a signature, and over the document as it stood then."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from archive_service.signing.trust.certificate import stamp_revoked
from archive_service.signing.trust.judged_by import path_context, trusted_others
from archive_service.signing.trust.revocation import Answer, Revocation, carried_answers
from archive_service.signing.trust.roots import Trust


@dataclass(frozen=True, slots=True)
class DocumentStamp:
    """One that holds: how many bytes it covers, the moment it names, and its token."""

    end: int
    at: dt.datetime
    token: Any


@dataclass(slots=True)
class Judging:
    """What all signatures of one document are judged by."""

    trust: Trust
    now: dt.datetime
    reader: Any
    roots: list[Any]
    fetch: bool = False  # whether revocation answers that are not at hand may be asked for
    anew: bool = False  # whether those that are at hand are asked for as well
    stamps: list[DocumentStamp] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)  # of the trust folders
    stamp_gone: Revocation | None = None  # why one of them proves nothing


def timestamp_holds(status: Any) -> bool:
    """Whether the stamp within a signature was made over it by an authority that is trusted."""
    stamp = status.timestamp_validity
    return stamp is not None and bool(stamp.intact and stamp.valid and stamp.trusted)


def stamped_at(signature: Any) -> tuple[dt.datetime | None, Any]:
    """The moment that the stamp within the signature names, and the stamp."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    try:
        token = next(iter(extract_tst_data_iter(signature.signer_info, signed=False)), None)
        return (None, None) if token is None else (_named_moment(token), token)
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in here
        return None, None


def _named_moment(signed_data: Any) -> dt.datetime | None:
    moment = signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    return moment if isinstance(moment, dt.datetime) else None


async def stamp_gone(
    stamp: Any, at: Any, answers: list[Answer], others: list[Any], judging: Judging
) -> Revocation | None:
    """See ``stamp_revoked``."""
    return await stamp_revoked(
        stamp.validation_path,
        answers,
        roots=judging.roots,
        others=[*others, *trusted_others(judging.trust)],
        at=at,
        now=judging.now,
    )


async def judge_document_stamps(stamps: list[Any], judging: Judging) -> None:
    """Note those that hold, earliest first; one that cannot be read proves nothing."""
    for stamp in stamps:
        try:
            held = await _judged(stamp, judging)
        except Exception:  # noqa: BLE001, S112 - a hostile file may raise anything at all in here
            continue
        if held is not None:
            judging.stamps.append(held)
    judging.stamps.sort(key=lambda stamp: stamp.at)


async def _judged(stamp: Any, judging: Judging) -> DocumentStamp | None:
    from pyhanko.sign.validation import DocumentTimestampStatus, SignatureCoverageLevel
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data

    moment = _named_moment(stamp.signed_data)
    whole = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
    if moment is None or stamp.coverage not in whole:
        return None
    carried, others = carried_answers(stamp, judging.reader)
    context = path_context(judging.trust, moment, others, judging.roots)
    status_facts = await validate_tst_signed_data(stamp.signed_data, context, stamp.compute_digest)
    status = DocumentTimestampStatus(**status_facts, coverage=stamp.coverage, diff_result=None)
    if not (status.intact and status.valid and status.trusted):
        return None
    gone = await stamp_gone(status, moment, [*carried, *judging.answers], others, judging)
    judging.stamp_gone = judging.stamp_gone or gone
    return DocumentStamp(stamp.end, moment, stamp.signed_data) if gone is None else None
