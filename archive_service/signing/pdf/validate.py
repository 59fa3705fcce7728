"""Says of each signature in a PDF whose it is and whether it held when it was made."""

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from archive_service import clock
from archive_service.signing.pdf.judge import Seen
from archive_service.signing.pdf.later.change import Change, ChangeKind, Standing, Weight, weight_of
from archive_service.signing.pdf.opened import Opened, opened, rebuilt
from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.pdf.reporting import (
    inspected,
    is_revision,
    of_certificate,
    report_of,
    unjudged,
)
from archive_service.signing.pdf.stamps import Judging, judge_document_stamps
from archive_service.signing.trust.judged_by import hush
from archive_service.signing.trust.revocation import trusted_answers
from archive_service.signing.trust.roots import Trust
from archive_service.signing.trust.weakness import weakness_of

COMPARING_S = 60  # of processor time; which revisions are not compared by then is told


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
            return [unjudged("", "pdf-unreadable", moment)]
        if reader.encrypted:
            return [unjudged("", "pdf-encrypted", moment)]
        roots = [x509.Certificate.load(der) for der in trust.roots]
        judging = Judging(trust, moment, reader, roots, fetch, anew)
        judging.answers = trusted_answers(trust)
        further = [
            _Further(unreadable.end, unreadable.field, known=False)
            for unreadable in unread
            if unreadable.end
        ]
        seen_in = paper.path if compare else None
        found = asyncio.run(_inspect_all(signatures, further, judging, seen_in))
    return found + [
        unjudged(unreadable.field, unreadable.reason, moment, unreadable.detail)
        if unreadable.unknown
        else SignatureReport(
            field=unreadable.field, errors=(unreadable.reason,), validated_at=moment
        )
        for unreadable in unread
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
    known += [unreadable.end for unreadable in unread]
    dropped, unlooked = dropped_signatures(paper, known)
    found = sorted([*signatures, *dropped], key=lambda signature: signature.end)
    return reader, found, [*unread, *unlooked]


async def _inspect_all(
    found: list[Any], unread: list["_Further"], judging: Judging, path: Path | None
) -> list[SignatureReport]:
    stamps = [one for one in found if one.is_stamp]
    await judge_document_stamps(stamps, judging)
    signatures = [one for one in found if not one.is_stamp]
    seen = [await inspected(one, judging) for one in signatures]
    further = unread + [
        _Further(stamp.end, stamp.field_name, _stamps(stamp, judging), is_stamp=True)
        for stamp in stamps
        if not stamp.is_dropped
    ]
    deadline = time.thread_time() + COMPARING_S
    reports = []
    # The last first: what a further signature may show rests on how it stands itself.
    for signature, seen_now in reversed(list(zip(signatures, seen, strict=True))):
        known, may_show = False, is_revision(signature)
        if isinstance(seen_now, Seen):
            changes = () if path is None else _changes(seen_now, path, further, judging, deadline)
            reports.append(report_of(seen_now, judging, changes))
            may_show = may_show and seen_now.fits
            known = may_show and _is_known(seen_now, judging) and weight_of(changes) in _KEPT
        else:
            reports.append(seen_now)
            may_show = may_show and seen_now.outcome is Outcome.UNJUDGED  # else nobody signed
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


def _is_known(seen: Seen, judging: Judging) -> bool:
    return of_certificate(seen, judging, weak=weakness_of(seen.signature, seen.path)).holds


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
    after = [later for later in further if later.end > signature.end]
    signed = {later.field: Standing.KNOWN for later in after if later.known}
    signed |= {later.field: other for later in after if not later.known}
    found = changes_since(path, signature.end, signed, deadline=deadline, locks=signature.forbids)
    if signature.forbids_all:
        forbidden = (later.field for later in after if not later.is_stamp)
        found += tuple(Change(ChangeKind.SIGNATURE_FORBIDDEN, name) for name in forbidden)
    return found
