"""What custody holds already is found in a case file of 2,000 documents as in one of two."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from archive_service import clock
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument, Submission
from archive_service.signing.trust.roots import Trust
from ingest.register.known_documents import Known, number_key, read_known
from tests.worlds.door import Door, open_door, rule_of_today
from tests.worlds.servers.databases import KINDS

COUNT = 2000
ORGAN = "Sở Công trình tỉnh Sơn Lam"
DAY = "2025-04-12"


@pytest.fixture(params=KINDS)
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    url = (
        request.getfixturevalue("postgresql").new_database()
        if request.param == "postgresql"
        else ""
    )
    with open_door(tmp_path / "home", url) as opened:
        yield opened


def fields(number: int, notation: str = "BC-SCT", **changed: str) -> dict[str, str]:
    """What a sender says of one document."""
    return {
        "codeNumber": str(number),
        "codeNotation": notation,
        "organName": ORGAN,
        "issuedDate": DAY,
        "docId": f"{ORGAN}/{number}",
    } | changed


def hold(door: Door, agency: UUID, code: str, declared: list[dict[str, str]]) -> None:
    """A case file of the agency with these documents, as rows."""
    with door.database.writing() as session:
        fonds = Fonds(agency_id=agency, code=f"F-{code}", name=code)
        session.add(fonds)
        session.flush()
        session.add(
            CaseFile(
                id=uuid4(),
                agency_id=agency,
                fonds_id=fonds.id,
                code=code,
                agency_code="H40.18",
                year=2025,
                number="1",
                arc_file_code=code,
                ocfl_id=f"urn:{code}",
                title=code,
                maintenance="05",
                mode="01",
                language="01",
                start_date=DAY,
                end_date=DAY,
                rule={},
                accepted_by="lan",
                accepted_at=clock.now(),
                documents=[
                    Document(
                        ordinal=ordinal,
                        doc_id=entry["docId"],
                        doc_code=f"{code}.{ordinal:07}",
                        code_number=entry["codeNumber"],
                        code_notation=entry["codeNotation"],
                        organ_name=entry["organName"],
                        issued_date=entry["issuedDate"],
                        subject="",
                        mode="01",
                    )
                    for ordinal, entry in enumerate(declared, start=1)
                ],
            )
        )


def known_of(door: Door, declared: list[dict[str, str]]) -> tuple[Known, int]:
    """What is known of the documents, and how many statements it took."""
    rows = [DeclaredDocument(row=row, fields=entry) for row, entry in enumerate(declared, start=2)]
    whole = DeclaredCaseFile(row=2, fields={}, documents=rows)
    submission = Submission(id=uuid4(), agency_id=door.agency_id, declared=whole.model_dump())
    seen: list[str] = []
    engine = door.database.engine

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with door.database.read_only() as session:
            return read_known(session, submission, (), Trust.none(), rule_of_today), len(seen)
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_each_of_2000_documents_that_is_held_is_found(door: Door) -> None:
    held = [fields(number) for number in range(1, COUNT + 1)]
    hold(door, door.agency_id, "H40.18.2024.1.QLCT", held)
    known, statements = known_of(door, held)
    expected = {number_key(entry) for entry in held}
    assert known.numbers == dict.fromkeys(expected, "H40.18.2024.1.QLCT")
    assert len(known.identifiers) == COUNT
    assert statements < 50


def test_as_many_symbols_as_documents_are_all_found(door: Door) -> None:
    held = [fields(number, f"{number}/BC-SCT") for number in range(1, COUNT + 1)]
    hold(door, door.agency_id, "H40.18.2024.1.QLCT", held)
    known, statements = known_of(door, held)
    assert len(known.numbers) == COUNT
    assert statements < 50


def test_noughts_before_a_number_make_no_other_document(door: Door) -> None:
    hold(door, door.agency_id, "H40.18.2024.1.QLCT", [fields(7, codeNumber="007"), fields(8)])
    known, _ = known_of(door, [fields(7), fields(8, codeNumber="08")])
    assert set(known.numbers.values()) == {"H40.18.2024.1.QLCT"}
    assert len(known.numbers) == 2


def test_equal_numbers_of_another_symbol_day_or_issuer_are_not_held(door: Door) -> None:
    others = [
        fields(1, "QĐ-SCT"),
        fields(2, issuedDate="2024-04-12"),
        fields(3, organName="Sở Tài chính tỉnh Sơn Lam"),
    ]
    hold(door, door.agency_id, "H40.18.2024.1.QLCT", others)
    known, _ = known_of(door, [fields(number) for number in (1, 2, 3)])
    assert known.numbers == {}


def test_that_another_agency_holds_it_is_told_without_its_code_and_gives_way_to_our_own(
    door: Door,
) -> None:
    other = door.add_agency(["H40.20"])
    hold(door, other, "H40.20.2024.1.QLCT", [fields(1), fields(2)])
    hold(door, door.agency_id, "H40.18.2024.1.QLCT", [fields(2)])
    known, _ = known_of(door, [fields(1), fields(2)])
    assert known.numbers == {
        number_key(fields(1)): "",
        number_key(fields(2)): "H40.18.2024.1.QLCT",
    }
    assert known.identifiers[fields(2)["docId"]] == "H40.18.2024.1.QLCT"
