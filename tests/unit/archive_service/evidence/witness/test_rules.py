"""A witness lets through the first checkpoint, and what is proved to continue the kept one."""

from hashlib import sha256

import pytest

from archive_service.errors import ArchiveError
from archive_service.evidence.checkpoint import Checkpoint, make_checkpoint
from archive_service.evidence.merkle import consistency_path, leaf_hash, root_of, tree_head
from archive_service.evidence.witness.rules import Asking, parse_asking, require_next

LEAVES = [leaf_hash(sha256(bytes([number])).digest()) for number in range(40)]


def nodes(level: int, index: int) -> bytes:
    return root_of(LEAVES[index << level : (index + 1) << level])


def log(size: int) -> Checkpoint:
    return make_checkpoint("H40.99", size, tree_head(nodes, size), None)


def asking(old: int, size: int) -> Asking:
    proof = consistency_path(nodes, old, size) if 0 < old < size else ()
    return Asking(old, proof, log(size))


def refusal(asked: Asking, kept: Checkpoint | None) -> str:
    with pytest.raises(ArchiveError) as refused:
        require_next(asked, kept)
    return refused.value.code


@pytest.mark.parametrize("size", range(1, 41))
def test_every_longer_log_passes_and_no_other(size: int) -> None:
    require_next(asking(0, size), None)
    for old in range(1, size + 1):
        require_next(parse_asking(asking(old, size).text()), log(old))
        if old < size:
            other = Checkpoint("H40.99", old, bytes(32), "")
            assert refusal(asking(old, size), other) == "log-unproved"
    assert refusal(asking(size, size), Checkpoint("", size, bytes(32), "")) == "log-contradicts"


def test_a_proof_from_elsewhere_is_answered_by_the_kept_size() -> None:
    assert refusal(asking(0, 9), log(3)) == "kept-size"
    assert refusal(asking(5, 9), log(3)) == "kept-size"
    assert refusal(asking(5, 9), None) == "kept-size"
    assert refusal(asking(3, 3), log(9)) == "kept-size"
    assert refusal(Asking(0, asking(5, 9).proof, log(9)), None) == "log-unproved"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "old 3\n\n",
        "old 03\n\n" + log(9).note,
        "old 10\n\n" + log(9).note,
        "old -1\n\n" + log(9).note,
        "3\n\n" + log(9).note,
        "old 3\nAAAA\n\n" + log(9).note,
        "old 3\n?\n\n" + log(9).note,
        "old 3\n" + "A" * 43 + "=\n" + log(9).note,
        "old 3\n" + ("A" * 43 + "=\n") * 64 + "\n" + log(9).note,
    ],
)
def test_what_is_no_request_is_told_so(text: str) -> None:
    with pytest.raises(ArchiveError) as odd:
        parse_asking(text)
    assert (odd.value.code, odd.value.status) == ("witness-asking", 400)
