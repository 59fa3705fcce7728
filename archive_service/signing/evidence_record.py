"""Evidence records of RFC 4998 as ASN.1; asn1crypto's own lack the chains of a sequence."""

from collections.abc import Sequence
from typing import Any

from asn1crypto import algos, cms, core, tsp

from archive_service.signing.archive_stamp import Stamp


class ArchiveTimeStampChain(core.SequenceOf):  # type: ignore[misc]  # asn1crypto has no types
    """Stamps by one digest algorithm, each of them over the ones before."""

    _child_spec = tsp.ArchiveTimeStamp


class ArchiveTimeStampSequence(core.SequenceOf):  # type: ignore[misc]  # asn1crypto has no types
    """Chains, each by a stronger digest algorithm than the one before."""

    _child_spec = ArchiveTimeStampChain


class _CryptoInfos(core.SequenceOf):  # type: ignore[misc]  # asn1crypto has no types
    """What others may add of algorithms and certificates; it proves nothing here."""

    _child_spec = core.Any


class _EncryptionInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """How an object was encrypted; ours never are."""


class EvidenceRecord(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """What proves that one object was there (RFC 4998, 3.1)."""

    _fields = [  # noqa: RUF012 - as asn1crypto reads it
        ("version", core.Integer),
        ("digest_algorithms", tsp.DigestAlgorithms),
        ("crypto_infos", _CryptoInfos, {"implicit": 0, "optional": True}),
        ("encryption_info", _EncryptionInfo, {"implicit": 1, "optional": True}),
        ("archive_time_stamp_sequence", ArchiveTimeStampSequence),
    ]


def record_of(chains: Sequence[Sequence[Stamp]]) -> bytes:
    """The record (DER) of these chains, their stamps as they were made."""
    algorithms = dict.fromkeys(stamp.algorithm for chain in chains for stamp in chain)
    record = EvidenceRecord(
        {
            "version": 1,
            "digest_algorithms": [_algorithm(name) for name in algorithms],
            "archive_time_stamp_sequence": _sequence(chains),
        }
    )
    return bytes(record.dump())


def sequence_of(chains: Sequence[Sequence[Stamp]]) -> bytes:
    """The chains alone (DER), as a new tree is over them (RFC 4998, 5.3)."""
    return bytes(_sequence(chains).dump())


def read_record(record: bytes) -> list[list[Stamp]]:
    """The chains of a record, ours or another's; ``ValueError`` where it is none."""
    try:
        parsed = EvidenceRecord.load(record, strict=True)
        version = parsed["version"].native
        named = {
            digest_algorithm["algorithm"].native for digest_algorithm in parsed["digest_algorithms"]
        }
        chains = [
            [_stamp(link) for link in chain] for chain in parsed["archive_time_stamp_sequence"]
        ]
    except (TypeError, KeyError) as wrong:
        raise ValueError(str(wrong)) from wrong
    if version != 1 or not chains or not all(chains):
        raise ValueError(f"version {version}, {len(chains)} chains")
    unnamed = {stamp.algorithm for chain in chains for stamp in chain} - named
    if unnamed:
        raise ValueError(f"not among its digests: {', '.join(sorted(unnamed))}")
    return chains


def _stamp(link: Any) -> Stamp:
    token = bytes(link["time_stamp"].dump())
    named = link["digest_algorithm"]
    if named.native is None:  # then it is that of the token
        info = link["time_stamp"]["content"]["encap_content_info"]["content"].parsed
        named = info["message_imprint"]["hash_algorithm"]
    reduced = [[bytes(it) for it in some] for some in link["reduced_hashtree"].native or ()]
    return Stamp(reduced, token, str(named["algorithm"].native))


def _sequence(chains: Sequence[Sequence[Stamp]]) -> Any:
    return ArchiveTimeStampSequence(
        [ArchiveTimeStampChain([_archive_stamp(stamp) for stamp in chain]) for chain in chains]
    )


def _archive_stamp(stamp: Stamp) -> Any:
    fields = {
        "digest_algorithm": _algorithm(stamp.algorithm),
        "time_stamp": cms.ContentInfo.load(stamp.token),
    }
    if len(stamp.reduced) > 1 or any(len(beside) > 1 for beside in stamp.reduced):
        fields["reduced_hashtree"] = [list(beside) for beside in stamp.reduced]
    return tsp.ArchiveTimeStamp(fields)  # over one digest alone the stamp is over itself


def _algorithm(name: str) -> Any:
    return algos.DigestAlgorithm({"algorithm": name})
