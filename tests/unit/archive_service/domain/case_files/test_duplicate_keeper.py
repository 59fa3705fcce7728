"""What is a duplicate and what a superseded draft, of any two case files."""

import datetime as dt
from dataclasses import replace
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from archive_service.domain.case_files.duplicate_keeper import Content, Holding, Term, kept_pairs
from archive_service.domain.retention.disposition import Ground

SPACE = UUID("00000000-0000-4000-8000-000000000000")
DAY = dt.date(2030, 12, 31)
BYTES = st.lists(st.sampled_from("abcd"), max_size=2).map(lambda some: tuple(sorted(some)))
TERMS = st.builds(
    Term,
    st.booleans(),
    st.none() | st.dates(dt.date(2025, 1, 1), dt.date(2035, 1, 1)),
)


def one(name: str, *originals: str, mode: str = "01") -> Holding:
    return Holding(uuid5(SPACE, name), name, originals, ("01", mode), is_current=True)


@st.composite
def contents(draw: st.DrawFn, side: str) -> Content:
    """Few documents of few bytes, so that they meet."""
    documents = tuple(
        Holding(
            uuid5(SPACE, f"{side}{number}"),
            f"{side}{number}",
            originals,
            ("01", draw(st.sampled_from(("01", "02")))),
            is_current=draw(st.booleans()),
            is_closed=draw(st.integers(0, 5)) == 0,
        )
        for number, originals in enumerate(draw(st.lists(BYTES, max_size=4)))
    )
    return Content(documents, on_paper=draw(st.integers(0, 5)) == 0)


@given(contents("a"), contents("b"))
def test_a_duplicate_has_each_of_its_bytes_in_the_other(own: Content, other: Content) -> None:
    found = kept_pairs(Ground.DUPLICATE, own, other)
    by_id = {document.id: document for document in other.documents}
    able = bool(own.documents) and not own.on_paper
    for mine in own.documents:
        same = [
            kept
            for kept in other.documents
            if kept.originals == mine.originals != ()
            and (kept.modes, kept.is_current) == (mine.modes, mine.is_current)
            and not kept.is_closed
            and not mine.is_closed
        ]
        able = able and bool(same)
        if found is not None:
            assert by_id[found[mine.id]] in same
    assert (found is not None) == able
    if found is not None:
        assert set(found) == {mine.id for mine in own.documents}


@given(TERMS, TERMS, TERMS)
def test_no_two_terms_cover_each_other_but_equal_ones(one: Term, two: Term, three: Term) -> None:
    if one.covers(two) and two.covers(one):
        assert one.permanent == two.permanent
        assert one.permanent or one.ends_on == two.ends_on
    if one.covers(two) and two.covers(three):
        assert one.covers(three)
    if one.covers(two) and two.lasts(DAY):
        assert one.lasts(DAY)


def test_of_two_that_await_an_event_none_covers_the_other() -> None:
    awaits = Term(permanent=False, ends_on=None)
    assert not awaits.covers(awaits)
    assert awaits.covers(Term(permanent=False, ends_on=DAY))
    assert Term(permanent=True, ends_on=None).covers(awaits)
    assert not Term(permanent=False, ends_on=DAY).covers(awaits)


def test_what_is_linked_into_it_belongs_to_the_other_as_well() -> None:
    shared = one("shared", "s")
    own = Content((one("mine", "a"),), frozenset({shared.id}))
    assert kept_pairs(Ground.DUPLICATE, own, Content((one("theirs", "a"),))) is None
    there = Content((one("theirs", "a"),), frozenset({shared.id}))
    assert kept_pairs(Ground.DUPLICATE, own, there) == {one("mine").id: one("theirs").id}
    inside = Content((one("theirs", "a"), shared))
    assert kept_pairs(Ground.DUPLICATE, own, inside) is not None


def test_a_draft_goes_when_both_say_so_and_the_final_one_is_linked() -> None:
    draft = replace(one("draft", "a"), is_issued=False, replaced_by=frozenset({"final"}))
    final = replace(one("final", "b"), replaces=frozenset({"draft"}))
    own, other = Content((draft,), frozenset({final.id})), Content((final,))
    assert kept_pairs(Ground.SUPERSEDED, own, other) == {draft.id: final.id}
    assert kept_pairs(Ground.DUPLICATE, own, other) is None
    spoilt = [
        (Content((draft,)), other),
        (Content((replace(draft, is_issued=True),), own.linked), other),
        (Content((replace(draft, replaced_by=frozenset()),), own.linked), other),
        (Content((draft, one("more", "c")), own.linked), other),
        (replace(own, on_paper=True), other),
        (own, Content((replace(final, replaces=frozenset()),))),
        (own, Content((replace(final, is_issued=False),))),
        (own, Content((replace(final, is_closed=True),))),
        (own, Content((replace(final, is_current=False),))),
        (own, Content((replace(final, originals=()),))),
    ]
    for mine, theirs in spoilt:
        assert kept_pairs(Ground.SUPERSEDED, mine, theirs) is None
