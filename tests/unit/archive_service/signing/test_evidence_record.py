"""Evidence records as RFC 4998 lays them out."""

from hashlib import sha256

from asn1crypto import core

from archive_service.signing.archive_stamp import Stamp
from archive_service.signing.evidence_record import read_record, record_of, sequence_of
from tests.worlds.simulated_signing import Hierarchy, day
from tests.worlds.stamp_service import token_over


def test_algorithms_and_chains_are_sequences() -> None:
    hierarchy, digest = Hierarchy(), sha256(b"an object").digest()
    token = token_over(hierarchy, digest, day(2020), hierarchy.stamps)
    record = core.Sequence.load(
        record_of([[Stamp([[digest]], token), Stamp([[bytes(32), digest]], token)]])
    )
    version, algorithms, chains = (record[at] for at in range(3))
    assert version.native == 1
    assert isinstance(algorithms, core.Sequence)
    assert isinstance(chains, core.Sequence)
    assert algorithms[0][0].native == "2.16.840.1.101.3.4.2.1"
    assert [len(stamp) for stamp in (chains[0][0], chains[0][1])] == [2, 3]


def test_a_record_over_one_digest_alone_reads_as_it_was_written() -> None:
    """It has no reduced tree, and a later chain is over the bytes of the first one all the same."""
    hierarchy, digest = Hierarchy(), sha256(b"an object").digest()
    token = token_over(hierarchy, digest, day(2020), hierarchy.stamps)
    chains = [[Stamp([[digest]], token)], [Stamp([[digest]], token)]]
    assert sequence_of(read_record(record_of(chains))[:1]) == sequence_of(chains[:1])
