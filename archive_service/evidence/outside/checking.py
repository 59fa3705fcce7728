"""An evidence record (RFC 4998) of ours or of another archive, checked against its object.

Nothing is taken from the record for granted: whom its stamps are by counts for those roots alone
that the caller trusts.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service import clock, messages
from archive_service.document import Document, Moment
from archive_service.errors import InputError
from archive_service.evidence.outside.hash_tree import TREES, digest_of, root_above
from archive_service.evidence.outside.lasting import Algorithms, end_of
from archive_service.signing.archive_stamp import Stamp

if TYPE_CHECKING:
    from archive_service.signing.trust.roots import Trust

_LARGEST = 64 << 20  # of a record; ours have some kilobytes


class RecordUnreadableError(InputError):
    """No evidence record: ``reason``."""


class RecordFinding(Document):
    """What does not hold: of which chain and which stamp of it, both counted from 1."""

    code: str
    chain: int
    stamp: int
    message: str
    remedy: str


class RecordStamp(Document):
    """A stamp of the record: ``root_sha256`` is empty where nobody trusted stands above it."""

    chain: int
    algorithm: str
    at: Moment
    by: str
    root_sha256: str
    ends_at: Moment


class RecordVerdict(Document):
    """``proved``: the object was there at ``since``, and the proof holds until ``until``.

    ``not-proved``: the record fits, but trusted roots do not stand above all stamps, or its last
    stamp has lapsed. ``broken``: something does not fit.
    """

    verdict: str
    since: Moment | None
    until: Moment | None
    findings: list[RecordFinding]
    stamps: list[RecordStamp]


@dataclass(frozen=True, slots=True)
class _Read:
    """A record as it reads: its chains, and the encoding of all chains before each."""

    chains: list[list[Stamp]]
    before: list[bytes]


_WEAK = ("record-untrusted", "record-lapsed")


def check_record(
    record: bytes, content: Path, *, trust: "Trust", algorithms: Algorithms, lang: str = "vi"
) -> RecordVerdict:
    """What a record proves of a file, by these roots and this table of algorithms.

    Raises:
        RecordUnreadableError: it is no evidence record of RFC 4998.
    """
    checked = _Checked(_read(record), content, trust, algorithms)
    found = list(checked.findings())
    findings = [_finding(*trouble, lang) for trouble in found]
    broken = [code for code, _, _ in found if code not in _WEAK]
    verdict = "broken" if broken else "not-proved" if found else "proved"
    stamps = checked.stamps
    return RecordVerdict(
        verdict=verdict,
        since=stamps[0].at if stamps and not broken else None,
        until=stamps[-1].ends_at if stamps and not broken else None,
        findings=findings,
        stamps=stamps,
    )


def _finding(code: str, chain: int, stamp: int, lang: str) -> RecordFinding:
    words = messages.finding(code, lang, {"chain": chain, "stamp": stamp})
    return RecordFinding(
        code=code, chain=chain, stamp=stamp, message=words.message, remedy=words.remedy
    )


class _Checked:
    """Walks the chains, and notes the stamps that read."""

    def __init__(
        self, record: _Read, content: Path, trust: "Trust", algorithms: Algorithms
    ) -> None:
        self._record, self._content = record, content
        self._trust, self._algorithms = trust, algorithms
        self.stamps: list[RecordStamp] = []

    def findings(self) -> Iterator[tuple[str, int, int]]:
        """Code, chain and stamp of all that does not hold."""
        for number, chain in enumerate(self._record.chains, start=1):
            wanted = [self._object(number, chain[0].algorithm)]
            what = "record-other-object" if number == 1 else "record-other-chains"
            for place, stamp in enumerate(chain, start=1):
                if stamp.algorithm != chain[0].algorithm:
                    yield "record-mixed", number, place
                    return
                for code in self._of_stamp(number, stamp, wanted, what):
                    yield code, number, place
                wanted = [digest_of(stamp.token, stamp.algorithm)]
                what = "record-other-stamp"
        if self.stamps and self.stamps[-1].ends_at <= clock.now():
            yield "record-lapsed", len(self._record.chains), len(self._record.chains[-1])

    def _object(self, number: int, algorithm: str) -> bytes:
        """What a chain has to begin over: the object, joined to the chains before."""
        with self._content.open("rb") as file:
            own = hashlib.file_digest(file, algorithm).digest()
        if number == 1:
            return own
        return digest_of(own + digest_of(self._record.before[number - 1], algorithm), algorithm)

    def _of_stamp(
        self, chain: int, stamp: Stamp, wanted: Sequence[bytes], what: str
    ) -> Iterator[str]:
        from archive_service.signing.timestamp import imprint_of, judge_token

        reduced = stamp.reduced or [wanted]
        if stamp.reduced and wanted[0] not in stamp.reduced[0]:
            yield what
        root, imprint = root_above(reduced, stamp.algorithm), imprint_of(stamp.token)
        if root != imprint:
            shorter = [root_above(reduced[:at], stamp.algorithm) for at in range(1, len(reduced))]
            if not stamp.reduced:
                yield what
            else:
                yield "record-path-long" if imprint in shorter else "record-path-wrong"
        judged_token = judge_token(stamp.token, imprint, self._trust, stamp.algorithm)
        if judged_token is None:
            yield "record-stamp-unsound"
            return
        before = self.stamps[-1] if self.stamps else None
        if before is not None and judged_token.at < before.at:
            yield "record-order"
        elif before is not None and judged_token.at >= before.ends_at:
            yield "record-late"
        if not judged_token.root_sha256:
            yield "record-untrusted"
        ends = end_of(stamp.token, self._algorithms)
        self.stamps.append(
            RecordStamp(
                chain=chain,
                algorithm=stamp.algorithm,
                at=judged_token.at,
                by=judged_token.by,
                root_sha256=judged_token.root_sha256,
                ends_at=max(ends, dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
            )
        )


def _read(record: bytes) -> _Read:
    from archive_service.signing.evidence_record import read_record, sequence_of

    if len(record) > _LARGEST:
        raise RecordUnreadableError(reason=f"{len(record)} bytes")
    try:
        chains = read_record(record)
        unknown = {stamp.algorithm for chain in chains for stamp in chain} - set(TREES)
        if unknown:
            raise RecordUnreadableError(reason=", ".join(sorted(unknown)))
        sequences = [sequence_of(chains[:number]) for number in range(len(chains))]
    except (ValueError, TypeError, KeyError) as wrong:  # also of a token that is read only then
        raise RecordUnreadableError(reason=str(wrong).partition("\n")[0]) from wrong
    return _Read(chains, sequences)
