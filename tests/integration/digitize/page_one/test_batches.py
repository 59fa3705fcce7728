"""Page 1, secrecy marks and doubts on real scans in a batch: proposed, consented to, stopped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.domain.case_files.document import CLEARED, Document
from archive_service.domain.digitization.scan_batch import ScanBatch, ScanDocument, ScanPage
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import Incident
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from digitize.batches.desk.consent import (
    NothingToTakeError,
    ProposalNotFoundError,
    ProposalValueError,
    take_equal,
)
from digitize.batches.desk.given import SeenEdit
from digitize.batches.documents import DocumentRow
from digitize.batches.queue.views import show_batch
from digitize.batches.release.release import BatchNotReadyError
from digitize.batches.release.targets import find_targets
from ingest.submissions.acts import accept
from tests.worlds.archive import OPERATOR, copy_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.digitize.scanning import (
    CODE,
    decide_all,
    folder_of_pages,
    import_batch,
    paper_case,
    station_of,
    waiting_home,
)
from tests.worlds.papers.nd30_papers import make_document, scan_pages, stamp

UNACCEPTED = "H40.18.2025.19.QLCT"


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return waiting_home(tmp_path_factory.mktemp("waiting"))


@pytest.fixture
def services(waiting: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(waiting, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def station(services: Services) -> Actor:
    return station_of(services)


def test_page_one_is_proposed_compared_and_written_only_with_consent(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    made = make_document(71_003, tmp_path, pages=2)
    scan_pages(made.pdf, tmp_path / "box")
    number = import_batch(services, tmp_path / "box", station, code=CODE)
    batch = show_batch(services, number, actor=station)
    (document,) = batch["documents"]
    read = document["proposals"]
    right = {name: made.truth[name] for name in ("number", "symbol", "date", "type", "signer")}
    assert {name: read[name]["value"] for name in right} == right
    assert read["number"]["page"] == batch["pages"][0]["id"]
    assert read["signer"]["page"] == batch["pages"][1]["id"]
    assert all(0 <= share <= 1 for entry in read.values() for share in entry["box"])
    assert {read[name]["state"] for name in ("number", "date", "symbol", "signer")} == {"proposed"}
    assert {one.get("by") for one in read.values() if one["state"] == "taken"} <= {"rule"}
    codes = {finding["code"] for finding in document["findings"]}
    assert {"document-number-differs", "document-date-differs"} <= codes

    archivist = person(services, "lan")

    def act(kind: str, field: str, **more: str) -> None:
        facts = {"document": document["id"], "field": field, **more}
        desk_acts.edit(services, number, kind, facts, actor=archivist)

    act("take", "number")
    act("take", "date", value="3/3/2025")
    act("refuse", "symbol")
    with pytest.raises(ProposalNotFoundError):
        act("take", "urgency")
    with pytest.raises(ProposalValueError):
        act("take", "date", value="31/2/2025")
    act("take", "signer")
    desk_acts.undo(services, number, SeenEdit(), actor=archivist)
    work(services, until_empty=True)
    told = show_batch(services, number, actor=station)["documents"][0]["proposals"]
    states = {name: told[name]["state"] for name in ("number", "date", "symbol", "signer")}
    assert states == {
        "number": "taken",
        "date": "taken",
        "symbol": "refused",
        "signer": "proposed",
    }
    assert told["number"]["by"] == "lan"

    decide_all(services, number, archivist)
    desk_acts.release(services, number, actor=archivist)
    work(services, until_empty=True)
    with services.read_only() as session:
        (held,) = get_case_file(session, CODE, actor=archivist).documents
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "case-file:pages-added")
        ).one()
    assert (held.code_number, held.issued_date) == (made.truth["number"], "2025-03-03")
    assert held.code_notation != made.truth["symbol"]
    assert held.signer != made.truth["signer"]
    described = event.data["described"]["1"]
    assert (set(described), described["date"]["becomes"]) == ({"number", "date"}, "2025-03-03")
    assert not check_catalogue(services, actor=OPERATOR).log, "their event tells who consented"


def test_a_first_page_that_contradicts_the_list_waits_for_a_decision_on_each_field(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    made = make_document(71_003, tmp_path, pages=1)
    scan_pages(made.pdf, tmp_path / "box")
    number = import_batch(services, tmp_path / "box", station, code=CODE)
    archivist = person(services, "lan")

    def found() -> tuple[str, dict[str, Any]]:
        (row,) = show_batch(services, number, actor=station)["documents"]
        return row["id"], {finding["code"]: finding for finding in row["findings"]}

    (row,) = show_batch(services, number, actor=station)["documents"]
    with services.read_only() as session:
        listed = find_targets(session, [CODE])[CODE].documents[0].fields
    assert row["proposals"]["number"]["in_list"] == listed["number"]
    shown = (
        browser_of(create_app(services), services, "lan").get(f"/scanning/batches/{number}").text
    )
    assert f"mục lục ghi: {listed['number']}<" in shown
    assert "in_list" not in row["proposals"]["place"]

    document, before = found()
    with pytest.raises(BatchNotReadyError) as refused:  # it may be another document's page
        desk_acts.release(services, number, actor=archivist)
    assert refused.value.facts["errors"] == len(before)
    assert all(entry["stops"] for entry in before.values())

    for kind, field in (("take", "number"), ("refuse", "date")):
        facts = {"document": document, "field": field}
        desk_acts.edit(services, number, kind, facts, actor=archivist)
        work(services, until_empty=True)
    settled = {
        code for code, entry in found()[1].items() if entry["decided"] and not entry["stops"]
    }
    assert settled == {"document-number-differs", "document-date-differs"}
    assert found()[1]["document-date-differs"]["decided"]["reason"]
    desk_acts.undo(services, number, SeenEdit(), actor=archivist)
    work(services, until_empty=True)
    assert found()[1]["document-date-differs"]["decided"] is None

    assert decide_all(services, number, archivist) == set(before) - {"document-number-differs"}
    assert desk_acts.release(services, number, actor=archivist).state == "released"


def test_what_agrees_with_the_lists_or_all_of_a_document_is_taken_in_one_act(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    number = import_batch(services, folder_of_pages(tmp_path / "box", 1), station, code=CODE)
    read = {"confidence": 60.0, "page": "", "box": [0, 0, 1, 1], "state": "proposed"}
    with services.writing() as session:
        target = find_targets(session, [CODE])[CODE].documents[0]
        (row,) = session.scalars(select(ScanDocument)).all()
        row.document_ordinal = target.ordinal
        row.proposals = {
            "date": {**read, "value": target.fields["date"]},
            "number": {**read, "value": "9999"},
            "place": {**read, "value": "Hà Lâm"},
        }
    archivist = person(services, "lan")

    def take_all(**facts: str) -> None:
        desk_acts.edit(services, number, "take-all", facts, actor=archivist)

    def shown() -> DocumentRow:
        return show_batch(services, number, actor=station)["documents"][0]

    def states() -> dict[str, str]:
        return {name: proposal["state"] for name, proposal in shown()["proposals"].items()}

    take_all()
    assert states() == {"date": "taken", "number": "proposed", "place": "proposed"}
    with pytest.raises(NothingToTakeError):
        take_all()
    desk_acts.undo(services, number, SeenEdit(), actor=archivist)
    assert set(states().values()) == {"proposed"}
    take_all(document=shown()["id"])  # but for what the list contradicts
    assert states() == {"date": "taken", "number": "proposed", "place": "taken"}
    with pytest.raises(NothingToTakeError):
        take_all(document=shown()["id"])
    desk_acts.undo(services, number, SeenEdit(), actor=archivist)
    assert set(states().values()) == {"proposed"}


def test_what_the_rule_took_says_so_and_is_refused_and_put_back(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    number = import_batch(services, folder_of_pages(tmp_path / "box", 1), station, code=CODE)
    read = {"confidence": 95.0, "page": "", "box": [0, 0, 1, 1], "state": "proposed"}
    with services.writing() as session:
        targets = find_targets(session, [CODE])
        batch = session.scalars(select(ScanBatch)).one()
        (row,) = batch.documents
        row.document_ordinal = targets[CODE].documents[0].ordinal
        row.proposals = {"date": {**read, "value": targets[CODE].documents[0].fields["date"]}}
        assert take_equal(batch, targets, least=90) == 1
        document = str(row.id)
    browser = browser_of(create_app(services), services, "lan")
    told = ("theo quy tắc, khớp mục lục từ 90 %", "Lấy 1 trường theo quy tắc", "/refuse")

    def shown() -> list[bool]:
        page = browser.get(f"/scanning/batches/{number}").text
        return [words in page for words in told]

    assert shown() == [True, True, True]
    archivist, facts = person(services, "lan"), {"document": document, "field": "date"}
    desk_acts.edit(services, number, "refuse", facts, actor=archivist)
    assert shown() == [False, False, False]
    desk_acts.undo(services, number, SeenEdit(), actor=archivist)
    assert shown() == [True, True, True]


@pytest.mark.parametrize("kind", ["take", "take-all"])
def test_the_place_in_the_list_is_proposed_and_had_by_consent(
    services: Services, station: Actor, tmp_path: Path, kind: str
) -> None:
    made = [make_document(seed, tmp_path, pages=1) for seed in (71_003, 71_004)]
    (tmp_path / "box").mkdir()
    for at, one in enumerate(made):
        (page,) = scan_pages(one.pdf, tmp_path / f"scan-{at}")
        page.rename(tmp_path / "box" / f"{at}.jpg")
    with services.writing() as session:
        row = session.scalars(select(Document)).one()
        row.code_number, row.code_notation = (made[1].truth[one] for one in ("number", "symbol"))
        row.issued_date = made[1].truth["date"]
    number = import_batch(services, tmp_path / "box", station, code=CODE, split="1")

    def documents() -> list[DocumentRow]:
        return show_batch(services, number, actor=station)["documents"]

    first, second = documents()
    assert "listed" not in first["proposals"]
    place = second["proposals"]["listed"]
    assert (second["document"], place["value"], place["state"]) == (None, "1", "proposed")
    assert place["text"].startswith(f"{made[1].truth['number']}/")
    assert place["box"] == second["proposals"]["number"]["box"]
    for value in ("0", "một", "99999999999"):
        odd = {"document": second["id"], "field": "listed", "value": value}
        with pytest.raises(ProposalValueError):
            desk_acts.edit(services, number, "take", odd, actor=station)
    facts = {"document": second["id"], "field": "listed"} if kind == "take" else {}
    desk_acts.edit(services, number, kind, facts, actor=station)
    work(services, until_empty=True)
    first, second = documents()
    assert (first["document"], second["document"]) == (None, 1)
    assert "listed" not in second["proposals"]
    desk_acts.undo(services, number, SeenEdit(), actor=station)
    work(services, until_empty=True)
    first, second = documents()
    assert (second["document"], second["proposals"]["listed"]["value"]) == (None, "1")


def test_a_red_stamp_stops_the_batch_until_the_head_says_that_it_is_no_secret(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    made = make_document(71_009, tmp_path, pages=1)
    (page,) = scan_pages(made.pdf, tmp_path / "box")
    stamp(page, "TỐI MẬT", at=(0.10, 0.15))
    number = import_batch(services, tmp_path / "box", station, code=CODE)
    head = person(services, "hung")
    batch = show_batch(services, number, actor=head)
    assert batch["state"] == "stopped"
    assert "secrecy-mark-found" in batch["pages"][0]["codes"]
    with services.read_only() as session:
        (incident,) = session.scalars(select(Incident)).all()
    assert (incident.kind, incident.facts["level"]) == ("secrecy-mark-found", "TỐI MẬT")

    facts = {"page": batch["pages"][0]["id"], "reason": "dấu đã được giải mật ngày 03/3/2020"}
    desk_acts.edit(services, number, "keep", facts, actor=head)
    work(services, until_empty=True)
    decide_all(services, number, head)
    desk_acts.release(services, number, actor=head)
    work(services, until_empty=True)
    with services.read_only() as session:
        case_file = get_case_file(session, CODE, actor=head)
    (document,) = case_file.documents
    assert (document.secrecy, document.quarantined) == (CLEARED, False)
    assert case_file.digitization == "done"


def test_what_was_said_of_a_mark_before_acceptance_holds_for_the_stored_page(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    paper_case(services, tmp_path / "case", code=UNACCEPTED, stored=False)
    made = make_document(71_009, tmp_path, pages=1)
    (page,) = scan_pages(made.pdf, tmp_path / "box")
    stamp(page, "MẬT", at=(0.10, 0.15))
    number = import_batch(services, tmp_path / "box", station, code=UNACCEPTED)
    head, archivist = person(services, "hung"), person(services, "lan")
    (shown,) = show_batch(services, number, actor=head)["pages"]
    facts = {"page": shown["id"], "reason": "dấu đã được giải mật"}
    desk_acts.edit(services, number, "keep", facts, actor=head)
    work(services, until_empty=True)
    decide_all(services, number, head)
    desk_acts.release(services, number, actor=head)
    work(services, until_empty=True)
    with services.read_only() as session:
        waiting = session.scalars(select(Submission.id).where(Submission.code == UNACCEPTED)).one()
        tag = "submission:pages-added"
        told = session.scalars(select(AuditEvent).where(AuditEvent.tag == tag)).one()
    assert (told.account, told.data["marks_cleared"]) == ("hung", [1])
    accept(services, waiting, actor=archivist)
    work(services, until_empty=True)
    for _ in ("as it was stored", "as it comes back from the package"):
        with services.read_only() as session:
            case_file = get_case_file(session, UNACCEPTED, actor=head)
        (document,) = case_file.documents
        assert (document.secrecy, document.quarantined) == (CLEARED, False)
        assert case_file.digitization == "done"
        rebuild(services, actor=OPERATOR)


def test_a_sheet_scanned_twice_is_shown_beside_its_twin(
    services: Services, station: Actor, tmp_path: Path
) -> None:
    made = make_document(71_015, tmp_path, pages=2)
    first, second = scan_pages(made.pdf, tmp_path / "box")
    (tmp_path / "again").mkdir()
    again = scan_pages(made.pdf, tmp_path / "again", seed=2)[1]
    again.rename(tmp_path / "box" / "003.jpg")
    number = import_batch(services, tmp_path / "box", station, code=CODE)
    pages = show_batch(services, number, actor=station)["pages"]
    assert [page["name"] for page in pages] == [first.name, second.name, "003.jpg"]
    assert [page["verdict"] for page in pages] == ["accept", "accept", "look"]
    with services.read_only() as session:
        twin = session.scalars(select(ScanPage).where(ScanPage.name == "003.jpg")).one()
    (finding,) = [entry for entry in twin.findings if entry["code"] == "page-scanned-twice"]
    assert finding["facts"]["pages"] == [pages[2]["id"], pages[1]["id"]]
    assert finding["facts"]["other"] == second.name
