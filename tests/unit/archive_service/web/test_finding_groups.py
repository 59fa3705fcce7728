"""What is found in many places is told once."""

from typing import Any

from archive_service.web.finding_groups import together


def found(place: str, message: str = "Chưa ký.", **more: Any) -> dict[str, Any]:
    return {"severity": "warning", "message": message, "remedy": "", "place": place} | more


def test_what_is_said_of_several_places_is_said_once_with_all_of_them() -> None:
    one, other = together([found("a", href="#a"), found("b"), found("a", "Thiếu ngày.")])
    assert one["places"] == [{"place": "a", "href": "#a"}, {"place": "b", "href": None}]
    assert [told["place"] for told in other["places"]] == ["a"]


def test_what_is_marked_on_the_page_stays_by_itself() -> None:
    assert len(together([found("a", number=1), found("b", number=2), found("c"), found("d")])) == 3


def test_the_worst_stands_first_and_the_same_words_of_another_severity_by_themselves() -> None:
    told = together([found("a"), found("b", severity="error"), found("c", severity="info")])
    assert [one["severity"] for one in told] == ["error", "warning", "info"]


def test_one_without_a_place_has_none() -> None:
    (told,) = together([found("")])
    assert told["places"] == []
