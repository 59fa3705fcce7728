"""Where a drill puts what it brings back."""

from pathlib import Path

from archive_service.recovery.drill.acts import new_place


def test_two_drills_of_one_second_have_a_place_each(tmp_path: Path) -> None:
    places = [new_place(tmp_path) for _ in range(12)]  # some of them within one second
    assert len(set(places)) == 12
    assert sorted(tmp_path.iterdir()) == sorted(places)
