"""`make test TESTS=room` runs what tries that room, and says so where there is no such room."""

from pathlib import Path

import pytest

from tests.guide.room_tests import UnknownRoomError, arguments

FILES = (
    "retention/transfer/acts.py",
    "retention/transfer/pages/list.py",
    "ingest/checks/rules.py",
    "ingest/callbacks/acts.py",
    "archive_service/bench/transfer/many.py",
    "tests/unit/retention/transfer/test_acts.py",
    "tests/unit/retention/transfer/network/test_send.py",
    "tests/integration/retention/transfer/network/test_cut.py",
    "tests/unit/archive_service/bench/transfer/test_many.py",
    "tests/contracts/search/test_search.py",
    "tests/worlds/transfer/transfers.py",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_room_is_tried_by_each_kind_of_test(checkout: Path) -> None:
    assert arguments(["retention/transfer"], checkout) == [
        "tests/unit/retention/transfer",
        "tests/integration/retention/transfer",
    ]


def test_the_last_words_of_its_path_name_a_room(checkout: Path) -> None:
    assert arguments(["transfer/network/"], checkout) == [
        "tests/unit/retention/transfer/network",
        "tests/integration/retention/transfer/network",
    ]
    assert "tests/unit/archive_service/bench/transfer" in arguments(["transfer"], checkout)


def test_a_folder_of_the_product_at_the_top_is_a_room_too(checkout: Path) -> None:
    assert arguments(["search"], checkout) == ["tests/contracts/search"]


@pytest.mark.parametrize(
    "words",
    [
        ["tests"],
        ["tests/unit/retention"],
        ["tests/unit/x/test_a.py::test_b"],
        ["--ignore=tests/guide", "tests"],
        ["-n", "2", "--dist", "loadfile", "-x", "-k", "transfer", "tests/unit"],
    ],
)
def test_paths_and_options_stay_as_they_are(checkout: Path, words: list[str]) -> None:
    assert arguments(words, checkout) == words


def test_an_unknown_room_is_an_error_that_names_those_alike(checkout: Path) -> None:
    with pytest.raises(UnknownRoomError, match=r"No room is called transfers\. Rooms: .*transfer"):
        arguments(["transfers"], checkout)


@pytest.mark.parametrize("room", ["transfer/pages", "pages"])
def test_a_room_without_tests_leads_to_the_one_around_it(checkout: Path, room: str) -> None:
    with pytest.raises(
        UnknownRoomError,
        match="No test lies in retention/transfer/pages; TESTS=retention/transfer ",
    ):
        arguments([room], checkout)
