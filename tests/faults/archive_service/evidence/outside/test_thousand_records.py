"""A day of a thousand objects, renewed twice: DSS and Bouncy Castle accept each of its records."""

from pathlib import Path

import pytest

from tests.services.evidence_judge import judge_records
from tests.worlds.renewed_records import renewed_day

pytestmark = pytest.mark.long


@pytest.mark.parametrize("renewals", range(3))
def test_each_of_a_thousand_records_is_accepted(tmp_path: Path, renewals: int) -> None:
    told = judge_records(renewed_day(1000).records(tmp_path, renewals))
    assert len(told) == 1000
    assert set(told) == {("ok", "ok")}


def test_each_of_a_thousand_is_accepted_after_a_change_of_algorithm(tmp_path: Path) -> None:
    told = judge_records(renewed_day(1000).changed(tmp_path))
    assert len(told) == 1000
    assert set(told) == {("ok", "ok")}
