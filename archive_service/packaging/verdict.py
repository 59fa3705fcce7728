"""The verdict of the door as a JSON document inside the package: what was checked, by what."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from archive_service import clock, messages
from archive_service.domain.intake.submission import Submission, parted
from archive_service.packaging.model import PackageFile

FORMAT = "verdict/1"
_MEDIA = {
    "certificate": ("cer", "application/pkix-cert"),
    "crl": ("crl", "application/pkix-crl"),
    "ocsp": ("ocsp", "application/ocsp-response"),
    "timestamp": ("tst", "application/pkcs7-signature"),
}


def verdict_bytes(submissions: Sequence[Submission]) -> bytes | None:
    """All that decided on the submissions, canonical; ``None`` where no verdict was kept.

    The first became the case file; what was added to it later has its own verdict under
    ``additions``. The same rows always give the same bytes, so that every version of the package
    holds the verdict of the day on which it was accepted.
    """
    first, added = parted(submissions)
    if first is None or not first.verdict:
        return None
    document = {"format": FORMAT, **_verdict(first)}
    if later := [_verdict(submission) for submission in added if submission.verdict]:
        document["additions"] = later
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _verdict(submission: Submission) -> dict[str, Any]:
    return {
        "submission": str(submission.id),
        "code": submission.code,
        "checked_at": _moment(submission.checked_at),
        "worst": submission.worst,
        "decided_at": _moment(submission.decided_at),
        "decided_by": submission.decided_by,
        "decision_reason": submission.decision_reason,
        **submission.verdict,
        "findings": [
            {
                "check": row.check,
                "code": row.code,
                "severity": row.severity.value,
                "place": row.place,
                "facts": row.facts,
                "message": messages.finding(row.code, "vi", row.facts).message,
            }
            for row in submission.findings
        ],
        "files": [
            {
                "path": file.path,
                "sha256": file.sha256,
                "size_bytes": file.size_bytes,
                "puid": file.puid,
                "signatures": file.signatures,
            }
            for file in submission.files
        ],
        "evidence": submission.evidence,
    }


def evidence_files(submissions: Sequence[Submission]) -> list[PackageFile]:
    """Certificates, revocation answers and time stamps on which the verdicts rest, each once."""
    found = (file for submission in submissions for file in _evidence(submission))
    return list({file.path: file for file in found}.values())


def _evidence(submission: Submission) -> Iterator[PackageFile]:
    for piece in submission.evidence or ():
        ending, media_type = _MEDIA.get(piece["kind"], ("bin", "application/octet-stream"))
        yield PackageFile(
            path=f"signatures/{piece['sha256'][:40]}.{ending}",
            sha256=piece["sha256"],
            size_bytes=piece["size_bytes"],
            media_type=media_type,
            created_at=submission.checked_at or submission.received_at,
        )


def _moment(moment: Any) -> str | None:
    return None if moment is None else clock.iso(moment)
