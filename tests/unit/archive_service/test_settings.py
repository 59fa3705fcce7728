"""A home may bring settings of its own, which a given file and variables still outrank."""

from pathlib import Path

import pytest

from archive_service import messages
from archive_service.settings import HOME_FILE, SettingsError, load_settings


def test_a_home_brings_its_own_settings(tmp_path: Path) -> None:
    (tmp_path / HOME_FILE).write_text('[archive]\nname = "Ours"\n', encoding="utf-8")
    assert load_settings(tmp_path).archive.name == "Ours"
    assert load_settings(tmp_path / "another").archive.name != "Ours"


def test_a_given_file_outranks_the_homes_own(tmp_path: Path) -> None:
    (tmp_path / HOME_FILE).write_text('[archive]\nname = "Ours"\nplace = "Huế"\n', encoding="utf-8")
    given = tmp_path / "given.toml"
    given.write_text('[archive]\nname = "Given"\n', encoding="utf-8")
    archive = load_settings(tmp_path, given).archive
    assert (archive.name, archive.place) == ("Given", "Huế")


def test_a_variable_outranks_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / HOME_FILE).write_text('[archive]\nname = "Ours"\n', encoding="utf-8")
    monkeypatch.setenv("ARCHIVE_ARCHIVE__NAME", "Variable")
    assert load_settings(tmp_path).archive.name == "Variable"


def test_variables_of_another_home_name_none_of_its_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / HOME_FILE).write_text('[archive]\nname = "Home"\n', encoding="utf-8")
    monkeypatch.setenv("ARCHIVE_DATABASE__URL", "postgresql+psycopg://other/archive")
    monkeypatch.setenv("ARCHIVE_ARCHIVE__NAME", "Variable")
    settings = load_settings(tmp_path, variables=False)
    assert settings.archive.name == "Home"
    assert settings.database.url == "sqlite:///archive.db"


def test_an_unknown_key_in_the_homes_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / HOME_FILE).write_text('[archive]\nnickname = "x"\n', encoding="utf-8")
    with pytest.raises(SettingsError):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("written", "reason", "line"),
    [
        ("[archive]\nname = Lưu trữ\n".encode(), "form", 2),
        ("[archive]\nname = “Lưu trữ”\n".encode(), "form", 2),
        (b"; ghi chu\n", "form", 1),
        (b'[storage]\ncopies = ["file:C:\\Users\\a"]\n', "form", 2),
        (b'[archive]\nname = "A"\nname = "B"\n', "twice", 3),
        (b'[archive]\nname = "A"\n[archive]\n', "twice", 3),
        ('[archive]\nname = "A"\n'.encode("utf-16"), "encoding", 0),
        (b'[archive]\nname = "L\xc6u"\n', "encoding", 0),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_what_to_do(
    tmp_path: Path, written: bytes, reason: str, line: int
) -> None:
    given = tmp_path / "given.toml"
    given.write_bytes(written)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, given)
    facts = caught.value.facts
    assert (facts["reason"], facts["place"]) == (reason, f"{given}:{line}" if line else "")
    for lang in ("vi", "en"):
        assert messages.label("setting-faults", reason, lang) != reason


def test_a_file_that_is_not_there_or_is_none_is_told_as_that(tmp_path: Path) -> None:
    for given, reason in ((tmp_path / "no.toml", "missing"), (tmp_path, "unreadable")):
        with pytest.raises(SettingsError) as caught:
            load_settings(tmp_path, given)
        assert caught.value.facts["reason"] == reason


def test_a_variable_with_one_line_too_few_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_STORAGE_COPIES", '["file:objects"]')
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    assert caught.value.facts["near"] == "ARCHIVE_STORAGE__COPIES"


def test_blanks_around_a_value_are_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a URL a blank named another database, which was empty."""
    monkeypatch.setenv("ARCHIVE_DATABASE__URL", "sqlite:///archive.db \n")
    monkeypatch.setenv("ARCHIVE_STORAGE__COPIES", '[" file:objects "]')
    settings = load_settings(tmp_path)
    assert (settings.database.url, list(settings.storage.copies)) == (
        "sqlite:///archive.db",
        ["file:objects"],
    )


def test_a_cooling_off_below_three_months_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / HOME_FILE).write_text("[transfer]\ncooling_off_months = 2\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"transfer\.cooling_off_months"):
        load_settings(tmp_path)
