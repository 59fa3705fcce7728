"""Whatever bytes somebody lays before the readers of the log: an answer, and never a crash."""

import base64
import os
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_service.domain.agencies.record_code import parse_code_or_reference, parse_record_code
from archive_service.errors import ArchiveError
from archive_service.evidence.checkpoint import (
    CheckpointUnreadableError,
    decoded,
    is_signed_by,
    parse_checkpoint,
    parse_held,
)
from archive_service.evidence.offline import prove_store
from archive_service.evidence.outside.checking import RecordUnreadableError, check_record
from archive_service.evidence.outside.hash_tree import HashTree
from archive_service.evidence.outside.judging import StampJudge
from archive_service.evidence.outside.lasting import load_algorithms
from archive_service.evidence.outside.renewals import renewal_of
from archive_service.evidence.outside.stamping import stamp_of
from archive_service.evidence.witness.cosignature import parse_vkey
from archive_service.evidence.witness.rules import AskingUnreadableError, parse_asking
from archive_service.signing.archive_stamp import Stamp
from archive_service.signing.evidence_record import record_of
from archive_service.signing.trust.roots import Trust
from archive_service.storage.filesystem import FilesystemStore
from tests.worlds.damage.mutants import Change, changes, mutant
from tests.worlds.simulated_signing import Hierarchy, day
from tests.worlds.stamp_service import token_over

many = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "100")), deadline=None
)  # as of the readers at the door
NOTE = f"H40.99\n9\n{base64.b64encode(bytes(32)).decode()}\n"

LINES = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.text(min_size=44, max_size=44),
        st.integers().map(str),
        st.binary(min_size=32, max_size=32).map(lambda one: base64.b64encode(one).decode()),
    ),
    max_size=6,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(LINES)
def test_a_text_is_a_checkpoint_or_none(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        found = parse_checkpoint(text)
    except CheckpointUnreadableError:
        assert parse_held(text).root == b""
    else:
        assert parse_checkpoint(found.note) == found
        assert not is_signed_by(found, text.encode())


@given(st.fixed_dictionaries(dict.fromkeys(("note", "token", "size", "after", "service"), JSON)))
def test_a_stamp_that_does_not_read_is_unsound(document: dict[str, object]) -> None:
    stamp = stamp_of(document)
    judged = StampJudge(Trust.none(), Path("nowhere")).stamp(stamp, HashTree([bytes(32)]))
    assert (judged.fault, judged.is_outside) == ("stamp-unsound", False)


@given(st.fixed_dictionaries({"over": JSON, "token": JSON}))
def test_a_renewal_that_does_not_read_renews_nothing(document: dict[str, object]) -> None:
    assert sha256(b"a token").digest() not in renewal_of(document).over


@given(st.one_of(JSON, st.binary().map(lambda one: base64.b64encode(one).decode())))
def test_what_is_no_base64_is_nothing(told: object) -> None:
    assert isinstance(decoded(told), bytes)


@given(segment=st.binary(max_size=300), tile=st.binary(max_size=80), note=LINES)
def test_a_copy_of_anything_is_judged(
    tmp_path_factory: pytest.TempPathFactory, segment: bytes, tile: bytes, note: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("copy")
    for key, data in (
        ("audit/0000000001.jsonl", segment),
        ("evidence/log/tile/0/000.p/1", tile),
        ("evidence/log/checkpoint/000000000001", "\n".join(note).encode()),
    ):
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(data)
    try:
        assert not prove_store(FilesystemStore(folder)).ok
    except ArchiveError:
        return


@cache
def record() -> bytes:
    hierarchy, digest = Hierarchy(), sha256(b"an object").digest()
    token = token_over(hierarchy, digest, day(2020), hierarchy.stamps)
    renewed = [Stamp([[digest]], token), Stamp([[bytes(32), digest]], token)]
    return record_of([renewed, [Stamp([[digest], [bytes(32)]], token)]])


@many
@given(changes())
def test_a_record_is_judged_or_refused(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[Change]
) -> None:
    content = tmp_path_factory.getbasetemp() / "object"
    content.write_bytes(b"an object")
    changed = mutant(record(), wanted)
    try:
        found = check_record(changed, content, trust=Trust.none(), algorithms=load_algorithms())
    except RecordUnreadableError:
        return
    assert found.verdict != "proved"


@many
@given(changes())
def test_what_a_witness_is_asked_reads_or_is_refused(wanted: list[Change]) -> None:
    asked = f"old 2\n{base64.b64encode(bytes(32)).decode()}\n\n{NOTE}"
    try:
        asking = parse_asking(mutant(asked.encode(), wanted).decode("utf-8", "replace"))
    except AskingUnreadableError:
        return
    assert asking.old <= asking.checkpoint.size


@many
@given(st.one_of(st.text(), changes()))
def test_a_code_is_read_or_refused(wanted: str | list[Change]) -> None:
    code = b"000.00.18.H40.2011.01.TH"
    text = wanted if isinstance(wanted, str) else mutant(code, wanted).decode("utf-8", "replace")
    for read in (parse_record_code, parse_code_or_reference, parse_vkey):
        try:
            read(text)
        except ArchiveError:
            continue
