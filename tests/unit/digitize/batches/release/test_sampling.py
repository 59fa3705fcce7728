"""The sampling plan follows the tables of ISO 2859-1; the draw is by lot, and repeatable."""

from uuid import uuid4

import pytest

from archive_service.law import RuleSetError
from digitize.batches.release.sampling import Outcome, draw, outcome, plan


@pytest.mark.parametrize(
    ("lot", "level", "aql", "letter", "size", "accept"),
    [
        (640, "II", "1.0", "J", 80, 2),
        (1200, "II", "1.0", "J", 80, 2),
        (1201, "II", "1.0", "K", 125, 3),
        (40, "II", "1.0", "E", 13, 0),  # D has an arrow down to E
        (100, "II", "1.0", "E", 13, 0),  # F has an arrow up to E
        (200, "II", "1.0", "H", 50, 1),  # G has an arrow down to H
        (640, "III", "1.0", "K", 125, 3),
        (640, "I", "2.5", "G", 32, 2),
        (600_000, "III", "1.0", "Q", 1250, 21),  # R has an arrow up to Q
        (6, "II", "1.0", "E", 6, 0),  # the sample is the whole lot
        (0, "II", "1.0", "E", 0, 0),
    ],
)
def test_a_plan_is_that_of_the_tables(
    lot: int, level: str, aql: str, letter: str, size: int, accept: int
) -> None:
    found = plan(lot, level=level, aql=aql)
    assert (found.letter, found.size, found.accept) == (letter, size, accept)
    assert found.reject == accept + 1


def test_the_level_of_the_file_holds_where_none_is_given() -> None:
    found = plan(640)
    assert (found.level, found.aql, found.size) == ("II", "1.0", 80)
    assert found.citation
    assert found.certainty == "own"


def test_a_level_or_an_aql_that_the_tables_lack_is_refused() -> None:
    with pytest.raises(RuleSetError):
        plan(640, aql="3.3")
    with pytest.raises(RuleSetError):
        plan(640, level="S-1")


def test_the_same_batch_draws_the_same_pages_and_another_draws_others() -> None:
    pages = [uuid4() for _ in range(640)]
    chosen = plan(640)
    first = draw(chosen, pages, seed="2026-0412")
    assert first == draw(chosen, pages, seed="2026-0412")
    assert len(set(first)) == chosen.size
    assert first == sorted(first, key=pages.index)
    assert first != draw(chosen, pages, seed="2026-0413")


def test_every_page_may_be_drawn() -> None:
    pages = [str(number) for number in range(30)]
    chosen = plan(30)
    drawn = {page for seed in range(60) for page in draw(chosen, pages, seed=str(seed))}
    assert drawn == set(pages)


def test_the_outcome_is_open_until_no_page_can_change_it() -> None:
    chosen = plan(640)  # 80 pages, 2 failures are borne
    assert outcome(chosen, 0, looked=10) is Outcome.OPEN
    assert outcome(chosen, 2, looked=80) is Outcome.ACCEPT
    assert outcome(chosen, 3, looked=12) is Outcome.REJECT
    assert outcome(chosen, 0, looked=78) is Outcome.ACCEPT
    assert outcome(plan(0), 0, looked=0) is Outcome.ACCEPT
