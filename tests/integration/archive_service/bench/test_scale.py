"""The bench of scale holds what it was told to, and asks every list of both archives."""

from archive_service.bench.scale import table
from archive_service.catalogue.holdings.listing import SORTS


def test_more_held_is_compared_with_a_tenth_in_the_same_run() -> None:
    document = table.run(60, asked=1, taken=1)
    assert document.keys() >= {"name", "machine", "ours", "reference", "ratio", "runs"}
    assert (document["ours"]["case_files"], document["reference"]["case_files"]) == (60, 5)
    rows = document["by_kind"]
    assert rows.keys() >= {"desk", "search, officer's rights", "trail", "intake", *table.JOBS}
    assert {f"last page by {sort}" for sort in SORTS} <= rows.keys()
    assert document["ratio"] == max(row["ratio"] for row in rows.values())
    assert document["ours"]["rows_bytes_per_case_file"] > 1000
    assert document["ours"]["index_bytes_per_case_file"] > 0
