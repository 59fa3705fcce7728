"""Signatures of one document, judged again now beside the verdict that was frozen at intake."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.describing.fields import DocumentNotInCaseFileError
from archive_service.catalogue.holdings.rows import get_case_file, submissions_of
from archive_service.catalogue.holdings.uses import ContentRestrictedError, is_reduced
from archive_service.document import Document as AnyDocument
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.people.account import Actor
from archive_service.evidence.outside.judging import JudgedStamp, judge_stamps
from archive_service.evidence.outside.stamping import stamp_over
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.services import Services
from archive_service.signing.inspect import ToJudge, bearer_of, inspect_file, may_sign
from archive_service.signing.pdf.report import Outcome, SignatureReport, as_row, row_holds
from archive_service.signing.trust.revocation import Answer, AnswerKind, newest_answer
from archive_service.signing.trust.roots import Trust
from archive_service.storage.content import HeldContent, NoSoundCopyError
from archive_service.storage.work_folder import work_place

_ANSWERS = {"crl": AnswerKind.CRL, "ocsp": AnswerKind.OCSP}


class StampDocument(AnyDocument):
    """The day's time stamp over the version that brought the file: it was there at ``at``."""

    at: str
    by: str
    outside: bool  # by somebody who is trusted and is not a demo's own
    version: int
    inventory_sha256: str


class SignatureCompared(AnyDocument):
    """One signature: ``then`` as frozen at intake, ``now`` as judged this moment, if it was.

    ``notes`` are codes of what differs and what proves it; ``known_at`` is when the newest answer
    on the signer's certificate was made, ``fresh_until`` how long it holds.
    """

    file: str
    version: int
    then: dict[str, Any]
    now: dict[str, Any] | None
    known_at: str | None
    fresh_until: str | None
    stamp: StampDocument | None
    notes: list[str]


class SignaturesDocument(AnyDocument):
    """``now_at`` is null where nothing was judged again; ``asked``: whether authorities were."""

    code: str
    ordinal: int
    title: str
    now_at: str | None
    asked: bool
    trust_then: str | None  # digests over whom the archive trusted, lists of revocations included
    trust_now: str | None
    signatures: list[SignatureCompared]


def signatures_of(
    services: Services, code: str, ordinal: int, *, now: bool, actor: Actor
) -> SignaturesDocument:
    """What was found of each signature at intake; with ``now`` what the stored bytes show today.

    Today: by the trust list of today, the answers frozen at intake, those in the trust folders,
    and those that ``signing.fetch_revocation`` lets us ask for. Nothing is written.

    Raises:
        CaseFileNotFoundError, ActNotAllowedError: not to be known, or its history not to be read.
        DocumentNotInCaseFileError: no such document in it.
        ContentRestrictedError: the account is told only what everybody may know of it.
        NoSoundCopyError: no copy has the bytes that were received.
        BackendError: no copy answered.
    """
    with services.read_only() as session:
        row = get_case_file(session, code, actor=actor)
        access.require(actor, "case-file:history", row)
        document = row.document_at(ordinal)
        if document is None:
            raise DocumentNotInCaseFileError(code=row.code, ordinal=ordinal)
        if is_reduced(actor, row, document):
            raise ContentRestrictedError(code=row.code, ordinal=ordinal)
        trust_then = _trust_then(session, row, document)
        stamps = _stamps(services, session, row, document)
    moment = clock.now()
    files = {file.name: file for file in document.files}
    known = dict.fromkeys(signature["file"] for signature in document.signatures)
    judged = {name: _judged(services, row, document, files.get(name)) for name in known if now}
    return SignaturesDocument(
        code=row.code,
        ordinal=ordinal,
        title=document.subject,
        now_at=clock.iso(moment) if now else None,
        asked=now and services.settings.signing.fetch_revocation,
        trust_then=trust_then,
        trust_now=services.trust.sha256() if now else None,
        signatures=[
            _compared(then, files.get(then["file"]), judged, stamps) for then in document.signatures
        ],
    )


def _trust_then(session: Session, row: CaseFile, document: Document) -> str | None:
    digests = {file.sha256 for file in document.files}
    for submission in submissions_of(session, row.id):
        if digests & {file.sha256 for file in submission.files}:
            known: str | None = submission.verdict.get("trust", {}).get("sha256")
            return known
    return None


def _stamps(
    services: Services, session: Session, row: CaseFile, document: Document
) -> dict[int, StampDocument]:
    """By version, of those that brought files of it: the stamp that holds, with who made it."""
    wanted = {file.version_added for file in document.files}
    facts = {}
    for version in row.versions:
        if version.number not in wanted:
            continue
        found = stamp_over(session, str(row.id), version.inventory_sha256)
        held: list[JudgedStamp] = judge_stamps(services, [found]) if found else []
        for stamp in held:
            if stamp.at is not None and not stamp.fault:
                facts[version.number] = StampDocument(
                    at=clock.iso(stamp.at),
                    by=stamp.by.partition(", ")[0],
                    outside=stamp.is_outside,
                    version=version.number,
                    inventory_sha256=version.inventory_sha256,
                )
    return facts


def _judged(
    services: Services, row: CaseFile, document: Document, file: DigitalObject | None
) -> list[SignatureReport] | str:
    """The reports of one file, in the order of its signatures; or a note that says why not."""
    if file is None:
        return "not-judged"
    if row.state is not CaseState.STORED or row.version_stored < file.version_added:
        return "not-here"
    if document.quarantined:
        return "quarantined"
    content = HeldContent(services.copies, row.ocfl_id)
    kept = [signature for signature in document.signatures if signature["file"] == file.name]
    trust = _with_frozen(services.trust, kept, content)
    asked, limits = services.settings.signing.fetch_revocation, services.settings.limits
    with work_place(services.work_folder, "signatures-") as place:
        path = Path(place) / "judged"
        content.fetch(file.sha256, file.size_bytes, path)
        own = PurePosixPath(file.name)
        bearer = bearer_of(path, file.media_type, own.name)
        places = ((PurePosixPath(one.name), one) for each in row.documents for one in each.files)
        files = {place.name: one for place, one in places if place.parent == own.parent}
        beside = []
        for number, name in enumerate(may_sign(path, bearer, own.name, files.keys() - {own.name})):
            beside.append((name, Path(place) / str(number)))
            content.fetch(files[name].sha256, files[name].size_bytes, beside[-1][1])
        found = run_limited(
            inspect_file,
            ToJudge(path, own.name, bearer, tuple(beside)),
            trust,
            None,
            asked,
            asked,
            limit_s=limits.parser_s,
            memory_mib=limits.parser_mib,
            network=asked,
        )
    return "not-judged" if isinstance(found, ParserFailure) else found


def _with_frozen(trust: Trust, kept: Sequence[Mapping[str, Any]], content: HeldContent) -> Trust:
    """Today's trust with what was frozen at intake: whom it trusts stays as it is today."""
    pieces = {
        evidence["sha256"]: evidence
        for row in kept
        for evidence in row.get("evidence", ())
        if evidence["sha256"]
    }
    found: dict[str, list[bytes]] = {"crl": [], "ocsp": [], "certificate": []}
    for piece in pieces.values():
        if piece["kind"] not in found:
            continue
        try:
            found[piece["kind"]].append(content.read(piece["sha256"], piece["size_bytes"]))
        except NoSoundCopyError:  # packages of others may lack it; what it says is proved by itself
            continue
    return replace(
        trust,
        others=(*trust.others, *found["certificate"]),
        revocations=(*trust.revocations, *found["crl"]),
        responses=(*trust.responses, *found["ocsp"]),
    )


def _compared(
    then: Mapping[str, Any],
    file: DigitalObject | None,
    judged: Mapping[str, list[SignatureReport] | str],
    stamps: Mapping[int, StampDocument],
) -> SignatureCompared:
    of_file = judged.get(then["file"])
    stamp = stamps.get(file.version_added) if file else None
    report = None
    notes: list[str] = []
    if isinstance(of_file, str):
        notes.append(of_file)
    elif of_file is not None:
        report = next((report for report in of_file if report.field == then["field"]), None)
        notes += ["not-judged"] if report is None else _differs(then, report)
    notes += _stamp_notes(then, report, stamp)
    newest = None if report is None else _newest(report)
    if report is not None and report.outcome in _ON_CERTIFICATES:
        notes += _knowledge(newest)
    return SignatureCompared(
        file=then["file"],
        version=file.version_added if file else 0,
        then=dict(then),
        now=None if report is None else as_row(report.without_bytes()),
        known_at=newest and clock.iso(newest[0]),
        fresh_until=newest and clock.iso(newest[1]),
        stamp=stamp,
        notes=notes,
    )


_ON_CERTIFICATES = frozenset(
    {
        Outcome.VALID,
        Outcome.VALID_UNCHECKED,
        Outcome.EXPIRED_SINCE,
        Outcome.ALTERED_LATER,
        Outcome.FORM_CHANGED_LATER,
        Outcome.WEAK,
    }
)
_REVOKED = {
    Outcome.REVOKED_BEFORE: "revoked-before-signing",
    Outcome.REVOKED_AFTER: "revoked-after-signing",
    Outcome.REVOKED_AFTER_DOUBTFUL: "revoked-after-signing",
}


def _differs(then: Mapping[str, Any], now: SignatureReport) -> list[str]:
    """What is known now and was not then, most telling first; ``same`` where nothing is."""
    if not then.get("outcome"):
        return ["same"] if row_holds(then) == now.trusted else ["otherwise"]
    if then["outcome"] == now.outcome:
        return ["same"]
    if now.outcome in _REVOKED:
        return [_REVOKED[now.outcome]]
    if now.outcome is Outcome.EXPIRED_SINCE:
        return ["expired-since"]
    if then["root"] and now.outcome in (Outcome.CHAIN_UNKNOWN, Outcome.ROOT_OUT_OF_PERIOD):
        return ["root-withdrawn"]
    return ["otherwise"]


def _stamp_notes(
    then: Mapping[str, Any], now: SignatureReport | None, stamp: StampDocument | None
) -> Iterator[str]:
    """What the day's stamp proves: most where the signature bears none of its own."""
    if stamp is None:
        yield "unstamped-day"
        return
    yield "stamped-day" if stamp.outside else "stamped-by-demo"
    at = clock.parse_iso(stamp.at)
    revoked = now.revoked_at if now else None
    if now is not None and now.outcome is Outcome.REVOKED_AFTER_DOUBTFUL and revoked:
        yield "there-before-revocation" if at < revoked else "there-after-revocation"
    ends = then.get("certificate_to")
    if not then.get("timestamped") and ends and at < clock.parse_iso(ends):
        yield "there-before-expiry"


def _newest(report: SignatureReport) -> tuple[dt.datetime, dt.datetime] | None:
    """Of the verified answers the newest on the signer's certificate, the first of the path."""
    certificates = [evidence.der for evidence in report.evidence if evidence.kind == "certificate"]
    answers = [
        Answer(_ANSWERS[evidence.kind], evidence.der)
        for evidence in report.evidence
        if evidence.kind in _ANSWERS
    ]
    return newest_answer(certificates[0], answers) if certificates else None


def _knowledge(newest: tuple[dt.datetime, dt.datetime] | None) -> Iterator[str]:
    """How far it is known today that nobody revoked it."""
    if newest is None:
        yield "revocation-unknown"
    elif newest[1] < clock.now():
        yield "revocation-known-until"
    else:
        yield "revocation-known-today"
