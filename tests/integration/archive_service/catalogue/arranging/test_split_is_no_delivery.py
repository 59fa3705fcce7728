"""A split moves documents: no register, receipt, minutes or report takes it for a delivery."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from archive_service.catalogue.arranging import acts as arranging_acts
from archive_service.catalogue.arranging.given import MergeGiven, SplitIn, UndoIn
from archive_service.catalogue.arranging.split_undo import undo_split
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.fonds.fonds import list_fonds
from archive_service.catalogue.holdings import listing as holdings_listing
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.recovery.drill.comparison import record_of
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.reports import acts as reports_acts
from archive_service.reports.registers import rows_of_year
from archive_service.services import Services
from ingest.acceptance.acts import CodeTakenError
from ingest.handover import acts as handover_acts
from ingest.handover.listing import list_handovers
from search.acts import find
from tests.integration.archive_service.catalogue.arranging.arranged import (
    NEW,
    arranged_home,
    home,
)
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, do_all
from tests.worlds.ingest.three_documents import THREE

__all__ = ["arranged_home", "home"]  # fixtures
ALWAYS = "2021-01-01..2029-12-31"
REASON = "Tách theo việc"
MISTAKE = UndoIn(reason="Nhầm")


def split(services: Services, *ordinals: int) -> None:
    lan = person(services, "lan")
    arranging_acts.split(
        services,
        THREE,
        SplitIn(documents=list(ordinals), code=NEW, title="Phần bơm", reason=REASON),
        actor=lan,
    )
    do_all(services)


def books(services: Services) -> dict[str, Any]:
    """What register, receipts, minutes and report say of what was handed in."""
    with services.read_only() as session:
        year = session.scalars(select(func.max(CaseFile.accepted_at))).one().year
        rows = {
            name: list(rows_of_year(session, name, year)) for name in ("submissions", "receipts")
        }
    waiting = list_handovers(services, actor=person(services, "lan")).waiting
    figures = reports_acts.figures_of(services, ALWAYS, actor=person(services, "lan")).figures
    told = {name: figures[name] for name in ("intake", "months", "agencies", "channels", "people")}
    return rows | told | {"waiting": [(entry.sender, entry.count) for entry in waiting]}


def listed(services: Services) -> list[tuple[str, int]]:
    """Code and documents of the list of case files."""
    with services.read_only() as session:
        rows, total = holdings_listing.find_case_files(
            session, holdings_listing.Narrowing(), actor=person(services, "lan"), limit=100
        )
    assert total == len(rows)
    return [(row.code, row.documents) for row in rows]


def held(services: Services) -> dict[str, Any]:
    figures = reports_acts.figures_of(services, ALWAYS, actor=person(services, "lan")).figures
    told: dict[str, Any] = figures["holdings"]
    assert sum(one["count"] for one in figures["types"]) == told["documents"]
    files = sum(one["count"] for one in figures["formats"])
    return {
        name: told[name] for name in ("case_files", "documents", "files_received", "permanent")
    } | {"originals": files}


def counts_of_list(services: Services) -> tuple[int, int]:
    """Case files and documents of the list; the fonds count as many."""
    rows, lan = listed(services), person(services, "lan")
    with services.read_only() as session:
        of_fonds = sum(listed_fonds.case_files for listed_fonds in list_fonds(session, actor=lan))
    assert of_fonds == len(rows)
    return len(rows), sum(documents for _, documents in rows)


def test_a_split_is_in_no_book_and_counts_each_document_once(
    app: Flask, services: Services
) -> None:
    before, holdings = books(services), held(services)
    assert counts_of_list(services) == (holdings["case_files"], holdings["documents"])
    split(services, 2, 3)
    assert books(services) == before
    after = held(services)
    assert after == holdings | {"case_files": holdings["case_files"] + 1}
    assert counts_of_list(services) == (after["case_files"], after["documents"])
    part = queries.case_file(services, NEW, actor=person(services, "lan")).as_json()
    assert (part["state"], part["indexed"], part["receipt"]) == ("stored", True, None)
    page = browser_of(app, services, "lan").get(f"/case-files/{NEW}")
    assert page.status_code == 200
    assert "Lập hồ sơ do tách" in page.text
    sealed = handover_acts.make(services, actor=person(services, "lan"))
    assert {item.code for item in sealed.items} == {
        code for code, _ in listed(services) if code != NEW
    }


def test_a_split_comes_back_with_a_rebuild_as_what_it_is(services: Services) -> None:
    split(services, 2, 3)
    before = books(services), held(services), listed(services)
    rebuild(services, actor=OPERATOR)
    do_all(services)
    assert (books(services), held(services), listed(services)) == before
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == NEW)).one()
        assert (row.split_from, row.receipt_number) == (THREE, None)
        told = record_of(session, row.id)
    assert told["submission"] is None
    undo_split(services, NEW, MISTAKE, actor=person(services, "lan"))


def test_a_split_taken_back_leaves_no_case_file_in_lists_and_counts(services: Services) -> None:
    before = books(services), held(services), listed(services)
    split(services, 2, 3)
    undo_split(services, NEW, MISTAKE, actor=person(services, "lan"))
    do_all(services)
    assert (books(services), held(services), listed(services)) == before
    codes = {hit.code for hit in find(services, "Phần bơm", actor=OPERATOR).hits}
    assert NEW not in codes
    shell = queries.case_file(services, NEW, actor=person(services, "lan")).as_json()
    assert shell["document_count"] == 0, "its history can be read"
    with services.read_only() as session:
        narrowing = holdings_listing.Narrowing(text=NEW)
        lan = person(services, "lan")
        found, _ = holdings_listing.find_case_files(session, narrowing, actor=lan, limit=5)
    assert [row.code for row in found] == [NEW], "by its whole code"
    with pytest.raises(CodeTakenError):
        split(services, 1)
    rebuild(services, actor=OPERATOR)
    do_all(services)
    assert (books(services), held(services), listed(services)) == before


def test_what_was_merged_away_is_no_longer_counted_until_it_comes_back(services: Services) -> None:
    before = held(services), listed(services)
    lan = person(services, "lan")
    arranging_acts.merge(services, THREE, MergeGiven(to=OPEN_CODE, reason=REASON), actor=lan)
    do_all(services)
    after = held(services)
    assert after == before[0] | {"case_files": before[0]["case_files"] - 1}
    assert counts_of_list(services) == (after["case_files"], after["documents"])
    for ordinal in (4, 3, 2):
        arranging_acts.undo(services, OPEN_CODE, ordinal, MISTAKE, actor=lan)
        do_all(services)
    assert (held(services), listed(services)) == before
