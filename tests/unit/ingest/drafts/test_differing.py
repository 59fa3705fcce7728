"""A document that says otherwise than what was sent with it is told beside what stands."""

import pytest

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import Source
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from ingest.drafts.proposals import proposals

READ = {Source.SIGNATURE: {"issuedDate": "2025-03-11"}, Source.PAGE_ONE: {"subject": "V/v đê"}}


def case_file(**fields: str) -> DeclaredCaseFile:
    document = DeclaredDocument(row=1, files=[DeclaredFile(path="a.pdf")], fields=fields)
    return DeclaredCaseFile(row=1, documents=[document])


def draft(**sources: Source) -> Draft:
    told = {source.value: given for source, given in READ.items()}
    return Draft(
        sources={f"1.{name}": source.value for name, source in sources.items()},
        reads={"ab": {"done": True, "proposed": told}},
    )


def told(declared: DeclaredCaseFile, beside: Draft) -> list[tuple[int, str, str, str]]:
    found = proposals(declared, beside, {"a.pdf": "ab"})
    return [
        (proposal.row, proposal.name, proposal.value, proposal.now)
        for proposal in found
        if not proposal.is_filled
    ]


@pytest.mark.parametrize("source", [Source.EARLIER, Source.PACKET])
def test_a_value_that_was_sent_is_compared_with_the_document(source: Source) -> None:
    sent = case_file(issuedDate="2025-03-10", subject="Đê")
    beside = draft(issuedDate=source, subject=source)
    assert [one for one in told(sent, beside) if one[0]] == [
        (1, "issuedDate", "2025-03-11", "2025-03-10")
    ]


def test_a_persons_value_is_not_asked_about() -> None:
    typed = case_file(issuedDate="2025-03-10", subject="Của tôi")
    beside = draft(issuedDate=Source.PERSON, subject=Source.PERSON)
    assert [one for one in told(typed, beside) if one[0]] == []


def test_dates_reach_from_the_first_to_the_last_document_that_lies_behind_us() -> None:
    declared = case_file(issuedDate="2025-03-10")
    for row, day in ((2, "2025-01-05"), (3, "2999-01-01"), (4, "2025"), (5, "hôm qua")):
        declared.documents.append(DeclaredDocument(row=row, fields={"issuedDate": day}))
    asked = {name: (value, now) for _, name, value, now in told(declared, draft())}
    assert asked == {"startDate": ("2025-01-05", ""), "endDate": ("2025-03-10", "")}
    declared.fields |= {"startDate": "2025-02", "endDate": "2026-01-01"}
    asked = {name: (value, now) for _, name, value, now in told(declared, draft())}
    assert asked == {"startDate": ("2025-01-05", "2025-02")}
    declared.fields["startDate"] = "đầu năm"  # told at its field
    assert told(declared, draft()) == []


def test_a_title_is_after_the_first_document_that_says_what_the_matter_is() -> None:
    declared = case_file(subject="a b")
    declared.documents.append(DeclaredDocument(row=2, fields={"subject": "UBND xã trả lời"}))
    assert told(declared, draft()) == [(0, "title", "Hồ sơ UBND xã trả lời", "")]
    declared.documents.insert(0, DeclaredDocument(row=3, fields={"subject": "Sửa chữa đập"}))
    assert told(declared, draft()) == [(0, "title", "Hồ sơ sửa chữa đập", "")]
    declared.fields["title"] = "Có rồi"
    assert told(declared, draft()) == []
