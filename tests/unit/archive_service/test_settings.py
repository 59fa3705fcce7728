"""A home may bring settings of its own, which a given file and variables still outrank."""

from pathlib import Path

import pytest

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


def test_an_unknown_key_in_the_homes_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / HOME_FILE).write_text('[archive]\nnickname = "x"\n', encoding="utf-8")
    with pytest.raises(SettingsError):
        load_settings(tmp_path)


def test_a_cooling_off_below_three_months_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / HOME_FILE).write_text("[transfer]\ncooling_off_months = 2\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"transfer\.cooling_off_months"):
        load_settings(tmp_path)
