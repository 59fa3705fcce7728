"""Stamps over thirty years: those renewed in time prove, those renewed too late do not."""

import datetime as dt
from hashlib import sha256
from pathlib import Path

import pytest

from archive_service.evidence.checkpoint import parse_held
from archive_service.evidence.outside.hash_tree import HashTree, node, tree_root
from archive_service.evidence.outside.judging import JudgedStamp, StampJudge
from archive_service.evidence.outside.lasting import Algorithms
from archive_service.evidence.outside.renewals import Renewal
from archive_service.evidence.outside.stamping import LogStamp
from archive_service.signing.trust.roots import Trust
from tests.worlds.simulated_signing import Hierarchy, Party, day
from tests.worlds.stamp_service import token_over

ROOT = LogStamp(parse_held(""), 0, b"").own_digest
TREE = HashTree([ROOT])
HIERARCHY = Hierarchy()
FIRST, SECOND, THIRD = (HIERARCHY.stamping(day(year)) for year in (2020, 2024, 2044))
NOWHERE = Path("nowhere")
STRONG = Algorithms({"sha256": None}, {"rsa": {2048: None}, "ec": {256: None}})


def renewal(before: list[bytes], at: dt.datetime, by: Party) -> Renewal:
    """Over the chain of these tokens and another one."""
    over = (node(sha256(one).digest() for one in before), sha256(b"another stamp").digest())
    return Renewal(over, token_over(HIERARCHY, tree_root(over), at, by))


def judged(*moments: dt.datetime, trusted: bool = True) -> JudgedStamp:
    """A stamp of 2018, renewed at these moments by the certificates in their order."""
    stamp = LogStamp(parse_held(""), 0, token_over(HIERARCHY, ROOT, day(2018), FIRST))
    renewals, before = [], [stamp.token]
    for at, by in zip(moments, (SECOND, THIRD), strict=False):
        renewals.append(renewal(before, at, by))
        before.append(renewals[-1].token)
    trust = Trust(roots=(HIERARCHY.root.der,)) if trusted else Trust.none()
    return StampJudge(trust, NOWHERE, renewals, algorithms=STRONG).stamp(stamp, TREE)


@pytest.mark.parametrize(
    ("moments", "fault", "proves"),
    [
        ((), "", False),
        ((day(2019),), "", False),
        ((day(2019), day(2023)), "", True),
        ((day(2019), day(2025)), "", False),
        ((day(2021), day(2023)), "", False),
        ((day(2017), day(2023)), "renewal-unsound", False),
        ((day(2019), day(2018, 6)), "renewal-unsound", False),
    ],
    ids=["never", "once", "twice", "second too late", "first too late", "backdated", "before it"],
)
def test_a_stamp_proves_as_long_as_each_was_renewed_in_time(
    moments: tuple[dt.datetime, ...], fault: str, *, proves: bool
) -> None:
    found = judged(*moments)
    assert (found.fault, found.is_outside) == (fault, proves)


def test_whom_nobody_trusts_proves_nothing() -> None:
    found = judged(day(2019), day(2023), trusted=False)
    assert (found.fault, found.is_outside) == ("", False)
    assert judged(day(2019), day(2023)).until == THIRD.certificate.not_valid_after_utc


def test_the_token_of_another_renewal_renews_nothing() -> None:
    mine, other = (token_over(HIERARCHY, ROOT, day(2018), FIRST) for _ in range(2))
    genuine = renewal([mine], day(2019), THIRD)
    swapped = Renewal((sha256(other).digest(),), genuine.token)
    trust = Trust(roots=(HIERARCHY.root.der,))
    judge = StampJudge(trust, NOWHERE, [genuine, swapped], algorithms=STRONG)
    found = [judge.stamp(LogStamp(parse_held(""), 0, one), TREE) for one in (mine, other)]
    assert [(judged_stamp.fault, judged_stamp.is_outside) for judged_stamp in found] == [
        ("", True),
        ("renewal-unsound", False),
    ]
