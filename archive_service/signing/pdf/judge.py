"""One signature judged by its chain, at the moment that is proved best."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from archive_service.signing.pdf.report import Evidence, Proof
from archive_service.signing.pdf.stamps import Judging, stamp_gone, stamped_at, timestamp_holds
from archive_service.signing.trust.certificate import any_path
from archive_service.signing.trust.fetch import fetch_answers
from archive_service.signing.trust.judged_by import path_context, trusted_others
from archive_service.signing.trust.revocation import (
    Answer,
    Revocation,
    Standing,
    carried_answers,
    revocation_of,
)


@dataclass(slots=True)
class Seen:
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

    @property
    def fits(self) -> bool:
        """Whether the key of the certificate made it over just these bytes."""
        return bool(self.status.intact and self.status.valid)


async def judge(signature: Any, judging: Judging) -> Seen:
    """The signature judged by its chain at the moment that is proved best."""
    from archive_service.signing.pdf.status import status_of

    answers, others = carried_answers(signature, judging.reader)
    answers += judging.answers
    inner_at, token = stamped_at(signature)
    claimed = _claimed_at(signature)
    document_stamp = next((one for one in judging.stamps if one.end >= signature.end), None)

    async def status_at(moment: dt.datetime, stamp: dt.datetime | None) -> Any:
        context = path_context(judging.trust, moment, others, judging.roots)
        of_stamp = path_context(judging.trust, stamp or moment, others, judging.roots)
        return await status_of(signature, context, of_stamp)

    moment = inner_at or claimed or judging.now
    status = await status_at(moment, inner_at)
    proof = Proof.CLAIMED if claimed is not None else Proof.NONE
    gone: Revocation | None = None
    if holds := inner_at is not None and timestamp_holds(status):
        stamp = status.timestamp_validity
        gone = await stamp_gone(stamp, inner_at, answers, others, judging)
    if holds and gone is None:
        proof = Proof.TIMESTAMP
    elif document_stamp is not None:
        proof, moment = Proof.DOCUMENT_TIMESTAMP, document_stamp.at
        token = document_stamp.token
        status = await status_at(moment, inner_at)
    elif inner_at is not None:  # a stamp that nobody answers for proves nothing
        moment = claimed or judging.now
        status = await status_at(moment, inner_at)
    seen = Seen(signature, status, moment, proof, answers, others)
    seen.stamp_der = b"" if token is None else token.dump()
    proved = proof in (Proof.TIMESTAMP, Proof.DOCUMENT_TIMESTAMP)
    seen.stamp_gone = None if proved else gone or judging.stamp_gone
    await _find_path(seen, judging)
    return seen


def _claimed_at(signature: Any) -> dt.datetime | None:
    try:
        claimed = signature.self_reported_timestamp
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in here
        return None
    if not isinstance(claimed, dt.datetime):
        return None
    return claimed if claimed.tzinfo is not None else claimed.replace(tzinfo=dt.UTC)


async def _find_path(seen: Seen, judging: Judging) -> None:
    """Note the path of the certificate, and what is known of its revocation."""
    signature = seen.signature
    if seen.status.trusted:
        seen.path = seen.status.validation_path
    else:
        known = [*seen.others, *signature.other_embedded_certs]
        seen.path = await any_path(
            signature.signer_cert, seen.at, judging.trust, known, judging.roots
        )
    if seen.path is not None:
        seen.revocation = await _revocation(seen, judging)
        if judging.fetch and (judging.anew or seen.revocation.standing is Standing.UNKNOWN):
            seen.answers += fetch_answers(seen.path)
            seen.revocation = await _revocation(seen, judging)


async def _revocation(seen: Seen, judging: Judging) -> Revocation:
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


def evidence_of(seen: Seen) -> Iterator[Evidence]:
    """Certificates of the path (else those that came), the answers relied on, the time stamp."""
    certificates: Iterable[Any] = (
        [seen.signature.signer_cert, *seen.signature.other_embedded_certs]
        if seen.path is None
        else reversed(list(seen.path.iter_certs(include_root=True)))
    )
    kept = [("certificate", certificate.dump()) for certificate in certificates]
    of_stamp = () if seen.stamp_gone is None else seen.stamp_gone.used
    kept += [(answer.kind.value, answer.der) for answer in (*seen.revocation.used, *of_stamp)]
    if seen.stamp_der:
        kept.append(("timestamp", seen.stamp_der))
    for kind, der in dict.fromkeys(kept):
        yield Evidence.of(kind, der)
