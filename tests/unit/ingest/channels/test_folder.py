"""A folder of very many files, as a delivery of 10,000 case files is."""

import tracemalloc
from pathlib import Path

from archive_service.settings import load_settings
from ingest.channels.file_references import FileNames
from ingest.channels.folder import open_folder

FILES = 2000
MOST_BYTES = 450  # for each file: its two names, its size, and what opens it
FRAMES = 25  # deep enough to see that an allocation was made for this test


def test_of_a_file_among_many_little_is_kept_in_memory(tmp_path: Path) -> None:
    folder = tmp_path / "from"
    for number in range(FILES):
        place = folder / f"{number // 5:05}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.pdf").touch()
    limits = load_settings(tmp_path / "home").limits
    tracemalloc.start(FRAMES)
    try:
        parcel = open_folder(folder, limits)
        entries = {entry.path: entry for entry in parcel.entries}
        names = FileNames(entries)
        found = names.named(names.split("00007/35.pdf"), "", "")
        kept = kept_here(tracemalloc.take_snapshot())
    finally:
        tracemalloc.stop()
    assert [file.path for file in found.files] == ["00007/35.pdf"]
    assert len(entries) == FILES
    assert kept < MOST_BYTES * FILES
    with entries["00007/35.pdf"].open() as source:
        assert source.read() == b""


def kept_here(snapshot: tracemalloc.Snapshot) -> int:
    """Bytes that this test's calls hold: other threads of the process have their own."""
    ours = tracemalloc.Filter(True, __file__, all_frames=True)
    return sum(trace.size for trace in snapshot.filter_traces([ours]).traces)
