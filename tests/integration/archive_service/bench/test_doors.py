"""The benches of what comes by the doors run to their end, in small; no time is asserted."""

import pytest

from archive_service.bench import bulk, large_pdf, many_documents
from archive_service.bench.memory import OWN_LIMIT_MIB
from archive_service.bench.transfer import packages

pytestmark = pytest.mark.long
CONTRACT = {"name", "machine", "ours", "reference", "ratio", "runs"}


def test_a_small_delivery_is_received_and_checked_beside_the_pages() -> None:
    document = bulk.run(3, files=2)
    assert document.keys() >= CONTRACT
    assert document["documents"] == 6
    assert document["refused"] == 0
    assert document["ours"]["documents_per_s"] > 0
    assert document["size_bytes"] >= 6 * bulk.FILE_BYTES // 2


def test_a_case_file_of_some_documents_goes_up_to_its_receipt_and_is_looked_at() -> None:
    document = many_documents.run(10, asked=1)
    assert document.keys() >= CONTRACT
    steps = {"received", "checked", "accepted", "stored", "draft_opened"}
    assert document["seconds"].keys() >= steps
    assert document["ours"].keys() == document["reference"].keys() - {"name"}
    assert document["ours"]["draft_file_p95_ms"] > 0


def test_a_pdf_goes_in_by_both_doors_and_out_by_range() -> None:
    document = large_pdf.run(10 << 20)
    assert document.keys() >= CONTRACT
    assert document["size_bytes"] >= 10 << 20
    assert document["seconds"].keys() >= {"checked", "stored", "range_read", "uploaded"}
    assert document["ours"]["own_mib"] < OWN_LIMIT_MIB


def test_packages_go_by_disk_and_network_beside_plain_copying() -> None:
    document = packages.run(3, file_bytes=4 << 10, seeded=0)
    assert document.keys() >= CONTRACT
    assert document["packages"] == 3
    assert document["size_bytes"] > 3 * 4 << 10
    assert document["of_the_speed_of_copying"].keys() == {"disk", "receive", "send"}
    stages = {"build", "disk", "receive", "check", "send", "taken"}
    assert document["runs"]["ours_s"].keys() == stages
