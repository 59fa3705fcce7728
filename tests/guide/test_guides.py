"""The guides of the product: one a role, in the words of the pages, with pictures that are made."""

import re
from pathlib import Path

import pytest

from archive_service import messages
from archive_service.demo.people import PEOPLE
from archive_service.setup.acts import FIRST_ADMIN
from archive_service.web import guide_text
from archive_service.web.guide import ROLES, TOPICS
from archive_service.web.navigation import PLACES
from tests.guide.pictures import SHOTS
from tests.guide.sources import assert_none

SHOWN = (
    *("frame", "places", "acts", "lists", "pages", "badges", "labels", "columns", "fields"),
    *("palette", "keys", "viewer", "forms", "findings_shown"),
)
PLACES_OF_PAGES = guide_text.Places(guide="/guide/{}".format, picture="/pictures/{}".format)
NO_PICTURES = guide_text.Places(guide="/guide/{}".format, picture=lambda _name: None)
NAMES = ROLES + TOPICS
BESIDE = ("integration", "integration.en", "words")  # for programmers and writers


def source(name: str) -> str:
    return (guide_text.FOLDER / f"{name}.md").read_text("utf-8")


def quoted(name: str) -> set[str]:
    return set(guide_text.LABEL.findall(source(name)))


def pictures(name: str) -> set[str]:
    return set(re.findall(r"!\[[^\]]+\]\(pictures/([^)]+)\)", source(name)))


def test_every_role_has_a_guide_and_there_is_no_other() -> None:
    assert {file.stem for file in guide_text.FOLDER.iterdir()} == {*NAMES, *BESIDE}


@pytest.mark.parametrize("name", NAMES)
def test_every_word_that_a_guide_quotes_is_a_word_of_the_pages(name: str) -> None:
    words = {text for key, text in messages.load("vi").items() if key.partition(".")[0] in SHOWN}
    assert_none(quoted(name) - words)


@pytest.mark.parametrize("role", ROLES)
def test_a_guide_tells_of_every_page_in_the_bar_of_its_role(role: str) -> None:
    named = {messages.text(f"places.{place.key}") for place in PLACES[role]}
    assert_none(named - quoted(role))


@pytest.mark.parametrize("name", NAMES)
def test_a_guide_renders_with_parts_that_can_be_reached(name: str) -> None:
    guide = guide_text.render(name, PLACES_OF_PAGES)
    assert guide.title == guide_text.title_of(name) != ""
    assert len(guide.parts) >= 4
    assert len(dict(guide.parts)) == len(guide.parts)
    assert_none(part for part, _ in guide.parts if f'id="{part}"' not in guide.body)
    assert "<h1" not in guide.body


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_guide(name: str) -> None:
    """A link that leads elsewhere is dropped by the renderer: none is lost so."""
    given = re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", re.sub(r"`[^`]*`", "", source(name)))
    shown = re.findall(r'<a href="/guide/([^"]+)"', guide_text.render(name, PLACES_OF_PAGES).body)
    assert shown == [one.removesuffix(".md") for one in given]
    assert_none(set(shown) - set(NAMES))


def test_every_picture_is_one_that_the_script_makes_and_each_is_shown() -> None:
    named = {picture for name in NAMES for picture in pictures(name)}
    assert named == set(SHOTS)


@pytest.mark.parametrize("role", ROLES)
def test_the_pictures_of_a_guide_are_what_its_role_sees(role: str) -> None:
    accounts = {who: name for who, (name, _, _) in PEOPLE.items()}
    names = {str(who): name for who, name in accounts.items()} | {"admin": FIRST_ADMIN}
    assert pictures(role)
    assert {SHOTS[picture].account for picture in pictures(role)} == {names[role]}
    assert_none(picture for picture in pictures(role) if not picture.startswith(f"{role}-"))


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_that_was_not_made_is_left_out(name: str) -> None:
    body = guide_text.render(name, NO_PICTURES).body
    assert "<img" not in body
    assert "<p></p>" not in body
    assert guide_text.render(name, PLACES_OF_PAGES).body.count("<img") == len(pictures(name))


def test_html_of_a_guide_is_shown_as_its_words(tmp_path: Path) -> None:
    left = "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}"
    right = "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
    (tmp_path / "bad.md").write_text(
        "# T\n\n<script>alert(1)</script> [a](javascript:alert(1)) [b](https://example.vn)\n\n"
        f"{left}<b>{right} ![x](https://example.vn/x.png)\n\n```\n<i>\n```\n",
        "utf-8",
    )
    body = guide_text.render("bad", PLACES_OF_PAGES, folder=tmp_path).body
    assert "<script" not in body
    assert "href=" not in body
    assert "<img" not in body
    assert "<i>" not in body
    assert '<b class="label">&lt;b&gt;</b>' in body
