"""Evidence records, ours or another archive's, are checked against a file, with a clear reason."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from archive_service.evidence.outside.checking import RecordUnreadableError, check_record
from archive_service.evidence.outside.lasting import load_algorithms
from archive_service.signing.archive_stamp import Stamp
from archive_service.signing.evidence_record import record_of
from archive_service.signing.trust.roots import Trust
from tests.worlds.archive import new_home
from tests.worlds.command import Answer, Command
from tests.worlds.renewed_records import RenewedDay, laid, renewed_day

Forger = Callable[[RenewedDay], Sequence[Sequence[Stamp]]]


@pytest.fixture(scope="module")
def years() -> RenewedDay:
    return renewed_day(9)


@pytest.fixture
def root(years: RenewedDay, tmp_path: Path) -> Path:
    file = tmp_path / "root.crt"
    file.write_bytes(x509.load_der_x509_certificate(years.root).public_bytes(Encoding.PEM))
    return file


def asked(pair: tuple[Path, Path], *more: object) -> Answer:
    """On a machine that has no archive."""
    line = ("evidence", "check", *pair, *more, "--json")
    return Command(pair[0].parent / "nowhere").run(*line)


def codes(answer: Answer) -> list[str]:
    return [finding["code"] for finding in answer.document["findings"]]


def test_a_record_proves_its_object_by_a_root_that_is_given(
    years: RenewedDay, root: Path, tmp_path: Path
) -> None:
    for number, content in enumerate(years.objects):
        pair = laid(tmp_path, str(number), years.chains(number), content)
        told = asked(pair, "--root", root)
        assert (told.code, told.document["verdict"], codes(told)) == (0, "proved", [])
        assert told.document["since"].startswith("2018-01-01")
        algorithms = [stamp["algorithm"] for stamp in told.document["stamps"]]
        assert algorithms == ["sha256", "sha256", "sha256", "sha512", "sha512"]


def test_no_root_is_taken_from_the_record(years: RenewedDay, tmp_path: Path) -> None:
    pair = laid(tmp_path, "one", years.chains(0), years.objects[0])
    home = new_home(tmp_path / "home")
    told = Command(home).run("evidence", "check", *pair, "--json")
    assert (told.code, told.document["verdict"]) == (1, "not-proved")
    assert set(codes(told)) == {"record-untrusted"}
    assert len(codes(told)) == 5
    said = Command(home).run("--lang", "en", "evidence", "check", *pair)
    assert "--root" in said.stdout + said.stderr


def test_a_record_that_was_not_renewed_has_lapsed(
    years: RenewedDay, root: Path, tmp_path: Path
) -> None:
    pair = laid(tmp_path, "one", [years.chain(0, 1)], years.objects[0])
    told = asked(pair, "--root", root)
    assert (told.code, codes(told)) == (1, ["record-lapsed"])


def reduced(changed: Callable[[list[list[bytes]]], object], at: tuple[int, int] = (0, 0)) -> Forger:
    """A record in which one reduced tree is another."""

    def act(years: RenewedDay) -> Sequence[Sequence[Stamp]]:
        chains = years.chains(0)
        stamp = chains[at[0]][at[1]]
        lists = [list(beside) for beside in stamp.reduced]
        changed(lists)
        chains[at[0]][at[1]] = replace(stamp, reduced=lists)
        return chains

    return act


def elsewhere(years: RenewedDay) -> Sequence[Sequence[Stamp]]:
    """The record of an object that does not stand beside the first in the tree."""
    digest = sha256(years.objects[0]).digest()
    found = map(years.chains, range(1, len(years.objects)))
    return next(one for one in found if digest not in one[0][0].reduced[0])


FORGED: dict[str, tuple[Forger, str]] = {
    "another object": (elsewhere, "record-other-object"),
    "wrong path": (reduced(lambda it: it[-1].__setitem__(0, bytes(32))), "record-path-wrong"),
    "a node too many": (reduced(lambda it: it.append([bytes(32)])), "record-path-long"),
    "a node too few": (reduced(lambda it: it.pop()), "record-path-wrong"),
    "a renewal of another": (
        reduced(lambda it: it.__setitem__(0, [bytes(32)]), (0, 1)),
        "record-other-stamp",
    ),
    "a chain left out": (lambda y: y.chains(0)[1:], "record-other-object"),
    "a renewal left out": (
        lambda y: [[*y.chains(0)[0][:1], y.chains(0)[0][2]], y.chains(0)[1]],
        "record-late",
    ),
    "the new chain of another": (
        lambda y: [y.chains(0)[0], y.chains(1)[1]],
        "record-other-chains",
    ),
    "stamps in another order": (
        lambda y: [[y.chains(0)[0][0], *y.chains(0)[0][:0:-1]], y.chains(0)[1]],
        "record-other-stamp",
    ),
    "two algorithms in a chain": (
        lambda y: [[*y.chains(0)[0], *y.chains(0)[1]]],
        "record-mixed",
    ),
    "a signature damaged": (
        lambda y: [
            [replace(y.chains(0)[0][0], token=y.tokens[0][:-1] + bytes([y.tokens[0][-1] ^ 1]))]
        ],
        "record-stamp-unsound",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_does_not_hold_is_named(
    years: RenewedDay, root: Path, tmp_path: Path, name: str
) -> None:
    made, reason = FORGED[name]
    told = asked(laid(tmp_path, "forged", made(years), years.objects[0]), "--root", root)
    assert (told.code, told.document["verdict"]) == (5, "broken")
    assert reason in codes(told)
    assert told.document["since"] is None


def test_a_renewal_before_its_time_is_named(years: RenewedDay, root: Path, tmp_path: Path) -> None:
    first, second, third = years.chains(0)[0]
    del second
    early = years.backdated(third.reduced)
    told = asked(laid(tmp_path, "early", [[first, early]], years.objects[0]), "--root", root)
    assert "record-order" in codes(told)


@pytest.mark.parametrize("content", [b"", b"no record", bytes(40)])
def test_what_is_no_record_is_told(root: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "record").write_bytes(content)
    told = asked((tmp_path / "record", root), "--root", root)
    assert (told.code, told.error["code"]) == (2, "record-unreadable")


def test_a_damaged_record_proves_nothing_wherever_the_damage_is(
    years: RenewedDay, tmp_path: Path
) -> None:
    whole = record_of(years.chains(0))
    _, content = laid(tmp_path, "whole", years.chains(0), years.objects[0])
    trust, algorithms = Trust(roots=(years.root,)), load_algorithms()
    last = whole.index(
        years.new_tokens[-1]
    )  # which no other stamp is over: it has spare certificates
    times = [found.start() + 9 for found in re.finditer(rb"\x18\x0f\d{14}Z", whole[:last])]
    for at in (*range(0, last, 97), *times):
        damaged = whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
        try:
            told = check_record(damaged, content, trust=trust, algorithms=algorithms).verdict
        except RecordUnreadableError:
            continue
        assert told != "proved", f"byte {at}"
