"""Entries of a search index, and what is asked of it."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from search.asked import Asked
from search.asking import ask
from search.port import Entry, Query, SearchIndex, Visibility
from search.query import parse_query

SEES_ALL = Visibility(None, None)
WORKS, WARD = UUID(int=1), UUID(int=2)
PHRASE = "Biên bản bàn giao mặt bằng thi công"


def entry(case_file_id: UUID, text: str, **more: Any) -> Entry:
    plain = Entry(
        case_file_id=case_file_id,
        code="000.00.18.H40.2011.01.TH",
        text=text,
        agency_id=WORKS,
        year=2011,
        mode="01",
        document_id=UUID(int=case_file_id.int + 1),
        document_title="Biên bản về việc bàn giao",
        page=1,
        type="20",
        date="2011-03-18",
    )
    return replace(plain, **more)


def put(index: SearchIndex, text: str, **more: Any) -> UUID:
    case_file_id = uuid4()
    index.replace_many([case_file_id], [entry(case_file_id, text, **more)])
    return case_file_id


def query(text: str, **more: Any) -> Query:
    return replace(Query(parse_query(text), SEES_ALL), **more)


def answer(index: SearchIndex, typed: str, **more: Any) -> tuple[Asked, list[UUID]]:
    """What is asked in truth, and the case files that it finds, a document once."""
    asked = ask(index, query(typed, by="document", **more))
    return asked, [hit.case_file_id for hit in index.search(asked.query).hits]


def found(index: SearchIndex, text: str, **more: Any) -> list[UUID]:
    return [hit.case_file_id for hit in index.search(query(text, **more)).hits]
