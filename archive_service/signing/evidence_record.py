"""Evidence records of RFC 4998 as ASN.1; asn1crypto's own lack the chains of a sequence."""

from collections.abc import Sequence
from typing import Any

from asn1crypto import algos, cms, core, tsp

# A token, and the reduced hash tree that leads to what it is over.
Stamp = tuple[Sequence[Sequence[bytes]], bytes]


class ArchiveTimeStampChain(core.SequenceOf):  # type: ignore[misc]  # asn1crypto has no types
    """Stamps by one digest algorithm, each of them over the one before."""

    _child_spec = tsp.ArchiveTimeStamp


class ArchiveTimeStampSequence(core.SequenceOf):  # type: ignore[misc]  # asn1crypto has no types
    """Chains, each by a stronger digest algorithm than the one before."""

    _child_spec = ArchiveTimeStampChain


class EvidenceRecord(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """What proves that one object was there (RFC 4998, 3.1), but for what is optional."""

    _fields = [  # noqa: RUF012 - as asn1crypto reads it
        ("version", core.Integer),
        ("digest_algorithms", tsp.DigestAlgorithms),
        ("archive_time_stamp_sequence", ArchiveTimeStampSequence),
    ]


def record_of(stamps: Sequence[Stamp]) -> bytes:
    """The record (DER) of one chain by SHA-256, its stamps as they were made."""
    chain = ArchiveTimeStampChain([_archive_stamp(*one) for one in stamps])
    record = EvidenceRecord(
        {
            "version": 1,
            "digest_algorithms": [_algorithm()],
            "archive_time_stamp_sequence": ArchiveTimeStampSequence([chain]),
        }
    )
    return bytes(record.dump())


def _archive_stamp(reduced: Sequence[Sequence[bytes]], token: bytes) -> Any:
    fields = {"digest_algorithm": _algorithm(), "time_stamp": cms.ContentInfo.load(token)}
    if len(reduced[0]) > 1:  # over one digest alone the stamp is over itself
        fields["reduced_hashtree"] = [list(beside) for beside in reduced]
    return tsp.ArchiveTimeStamp(fields)


def _algorithm() -> Any:
    return algos.DigestAlgorithm({"algorithm": "sha256"})
