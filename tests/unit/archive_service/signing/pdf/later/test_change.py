"""Of very many changes the gravest are told, and what follows from them is not lost."""

from collections.abc import Iterator

from archive_service.signing.pdf.later.change import (
    Change,
    ChangeKind,
    Weight,
    gravest,
    weight_of,
)


def many() -> Iterator[Change]:
    for number in range(1000):
        yield Change(ChangeKind.FIELD_VALUE, f"f{number}", "1", "2")
        yield Change(ChangeKind.FIELD_VALUE, f"f{number}", "1", "2")
    yield Change(ChangeKind.NOT_COMPARED, "7")
    yield Change(ChangeKind.PAGE_LOOK, "1")
    yield Change(ChangeKind.COVERED, "2", "B")


def test_the_gravest_of_many_comes_first() -> None:
    told = gravest(many(), 50)
    assert told[0] == Change(ChangeKind.PAGE_LOOK, "1")
    assert (len(told), len(set(told))) == (50, 50)
    assert weight_of(told) is Weight.CONTENT


def test_one_kind_does_not_crowd_out_another_of_its_weight() -> None:
    added = [Change(ChangeKind.FIELD_ADDED, f"f{number}") for number in range(80)]
    told = gravest([*added, Change(ChangeKind.PAGE_LOOK, "1")], 50)
    assert Change(ChangeKind.PAGE_LOOK, "1") in told[:2]
