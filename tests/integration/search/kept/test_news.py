"""New hits of searches that are kept are told to their owners, by the rights of that moment."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service.catalogue.holdings.rows import whole_case_files
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.indexes import OUTDATED
from archive_service.domain.people.account import Account
from archive_service.domain.people.kept_search import KeptSearch
from archive_service.domain.people.notice import Notice
from archive_service.jobs.due import note_edited
from archive_service.services import Services
from archive_service.worker import run_one
from archive_service.workflow.steps import index
from search.acts import find
from search.by_document import find_documents
from search.conditions import Conditions, Shown
from search.kept import news
from search.kept.acts import (
    History,
    Keep,
    KeptSearchTooWideError,
    KeptSearchUnknownError,
    Watched,
    keep_search,
    list_kept_searches,
    note_search,
    remove_kept_search,
    set_history,
    watch_kept_search,
)
from search.port import Entry
from search.query import EmptyQueryError
from search.suggest import suggest
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import program_of
from tests.worlds.command import Command

WORDS = "kè đá vôi"
ON, OFF = Watched(watched=True), Watched(watched=False)


def look(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, news.NEWS_JOB)
    assert run_one(services, names=(news.NEWS_JOB,)) == "done"


def told(services: Services, account: str) -> list[tuple[str, dict[str, Any]]]:
    query = select(Notice).join(Account, Account.id == Notice.account_id)
    with services.read_only() as session:
        rows = session.scalars(query.where(Account.name == account, Notice.kind.like("kept-%")))
        return [(row.kind, row.facts) for row in rows if row.read_at is None]


def put(services: Services, *, mode: str = "01", **more: Any) -> None:
    """An index entry with the words, of some document that is held."""
    with services.read_only() as session:
        rows = session.execute(
            select(Document.id, Document.case_file_id).order_by(Document.id)
        ).all()
        document_id, case_file_id = rows[more.pop("at", 0)]
        agency_id = person(services, "bach").agency_id or UUID(int=7)
    entry = Entry(
        case_file_id, "000.1", f"Biên bản {WORDS}", agency_id, 2025, mode, document_id, "Biên bản"
    )
    services.index.replace_many([case_file_id], [replace(entry, **more)])


def watched(services: Services, account: str) -> UUID:
    actor = person(services, account)
    kept = keep_search(services, Keep(name="Kè", text=WORDS), actor=actor)
    assert watch_kept_search(services, kept.id, ON, actor=actor).watched
    return kept.id


def test_a_new_hit_is_told_once_and_counts_add_up_till_they_are_read(services: Services) -> None:
    put(services)
    watched(services, "lan")
    look(services)
    assert told(services, "lan") == []
    put(services, document_id=UUID(int=1))
    look(services)
    look(services)
    assert told(services, "lan") == [(news.NEWS, {"name": "Kè", "count": 1})]
    put(services, document_id=UUID(int=2))
    look(services)
    assert told(services, "lan") == [(news.NEWS, {"name": "Kè", "count": 2})]
    services.index.clear()
    look(services)
    put(services, document_id=UUID(int=2))
    look(services)
    assert told(services, "lan") == [(news.NEWS, {"name": "Kè", "count": 2})]


def test_of_what_one_may_not_see_nothing_is_told(services: Services) -> None:
    for account in ("bach", "binh"):
        watched(services, account)
    put(services, agency_id=UUID(int=99), mode="03")
    look(services)
    assert (told(services, "bach"), told(services, "binh")) == ([], [])
    with services.writing() as session:
        session.execute(update(Account).where(Account.name == "binh").values(active=False))
    put(services, agency_id=UUID(int=99), document_id=UUID(int=1))
    look(services)
    assert (told(services, "bach"), told(services, "binh")) == ([], [])
    put(services, document_id=UUID(int=2))
    look(services)
    assert (len(told(services, "bach")), told(services, "binh")) == (1, [])


def edit(services: Services, **changed: Any) -> None:
    """As every act edits what is held, before the index knows."""
    with services.writing() as session:
        document = session.scalars(select(Document).order_by(Document.id)).first()
        assert document is not None
        for name, value in changed.items():
            setattr(document, name, value)
        note_edited(session, session.get_one(CaseFile, document.case_file_id), services)


def counts(services: Services, account: str) -> tuple[int, int, int, int, int]:
    """Of every way to look for it how much is told."""
    actor = person(services, account)
    by_page = find(services, WORDS, actor=actor, shown=Shown(facets=True))
    by_document = find_documents(services, WORDS, actor=actor, conditions=Conditions())
    facets = (by_page.facets or {}, by_document.facets)
    return (
        by_page.total,
        by_document.total,
        by_document.case_files,
        sum(len(values) for each in facets for values in each.values()),
        len(suggest(services, "biên bản kè đá", actor=actor).suggestions),
    )


def test_what_became_secret_is_shown_counted_and_told_no_more_before_the_index_knows(
    services: Services, app: Flask
) -> None:
    watched(services, "binh")
    watched(services, "lan")
    with services.read_only() as session:
        first = select(Document.case_file_id).order_by(Document.id).limit(1)
        (held,) = whole_case_files(session, [session.scalars(first).one()])
    done = index(held, services, None)
    services.index.replace_many([held.id], [])
    binh = browser_of(app, services, "binh")
    address = f"/search?q={WORDS.replace(' ', '+')}"
    nothing = {account: counts(services, account) for account in ("binh", "lan")}
    put(services, page=None)
    assert "000.1" in binh.get(address).text
    known = counts(services, "lan")
    assert counts(services, "binh") == known != nothing["lan"]
    edit(services, mode="03")
    with services.writing() as session:  # it was written while it was edited
        row = session.get_one(CaseFile, held.id)
        done(session, row)
        assert row.version_indexed == OUTDATED
    look(services)
    assert (told(services, "binh"), len(told(services, "lan"))) == ([], 1)
    assert "000.1" not in binh.get(address).text
    assert (counts(services, "binh"), counts(services, "lan")) == (nothing["binh"], known)
    taken = binh.get(address.replace("?", "/export?form=csv&"))
    assert (taken.status_code, "000.1" in taken.text) == (200, False)
    edit(services, quarantined=True)
    assert counts(services, "lan") == nothing["lan"]


def test_one_that_is_off_or_gone_or_cannot_be_asked_tells_nothing(services: Services) -> None:
    lan = person(services, "lan")
    kept_id = watched(services, "lan")
    put(services)
    look(services)
    assert len(told(services, "lan")) == 1
    assert not watch_kept_search(services, kept_id, OFF, actor=lan).watched
    assert told(services, "lan") == []
    watch_kept_search(services, kept_id, ON, actor=lan)
    put(services, document_id=UUID(int=1))
    look(services)
    remove_kept_search(services, kept_id, actor=lan)
    assert told(services, "lan") == []
    kept_id = watched(services, "lan")
    with services.writing() as session:
        gone = {"agencies": ["không có"]}
        session.execute(update(KeptSearch).values(conditions=gone))
    look(services)
    assert told(services, "lan") == []
    empty = keep_search(services, Keep(name="Rỗng"), actor=lan)
    with pytest.raises(EmptyQueryError):
        watch_kept_search(services, empty.id, ON, actor=lan)
    with pytest.raises(KeptSearchUnknownError):
        watch_kept_search(services, kept_id, ON, actor=person(services, "hung"))
    note_search(services, "đê", Conditions(), "relevance", actor=lan)
    (last,) = list_kept_searches(services, actor=lan).last
    with pytest.raises(KeptSearchUnknownError):
        watch_kept_search(services, last.id, ON, actor=lan)


def test_one_that_finds_too_much_is_not_watched(services: Services) -> None:
    lan = person(services, "lan")
    kept_id = watched(services, "lan")
    many = [
        Entry(UUID(int=1), "000.1", WORDS, UUID(int=7), 2025, "01", UUID(int=number), "", number)
        for number in range(1, news.MOST_WATCHED + 2)
    ]
    services.index.replace_many([UUID(int=1)], many)
    look(services)
    facts = {"name": "Kè", "most": news.MOST_WATCHED}
    assert told(services, "lan") == [(news.TOO_WIDE, facts)]
    assert not list_kept_searches(services, actor=lan).kept[0].watched
    with pytest.raises(KeptSearchTooWideError):
        watch_kept_search(services, kept_id, ON, actor=lan)


def test_every_door_watches_and_keeps_no_history(
    app: Flask, services: Services, home: Path
) -> None:
    lan = browser_of(app, services, "lan")
    person_ = person(services, "lan")
    kept = keep_search(services, Keep(name="Kè", text=WORDS), actor=person_)
    assert post(lan, f"/search/kept/{kept.id}/watch", watched="1").status_code == 303
    assert "Đang báo kết quả mới" in lan.get("/search").text
    assert post(lan, f"/search/kept/{kept.id}/watch").status_code == 303
    assert "Đang báo kết quả mới" not in lan.get("/search").text
    program = program_of(app, services, "lan")
    made = program.post(f"/search/kept/{kept.id}/watch", json={"watched": True})
    assert made.get_json()["watched"]
    archive = Command(home)
    assert not archive.ask("saved-search", "watch", str(kept.id), "--off", account="lan")["watched"]
    assert archive.run("saved-search", "watch", str(kept.id), account="lan").code == 0
    lan.get("/search", query_string={"q": "đê"})
    assert len(list_kept_searches(services, actor=person_).last) == 1
    assert post(lan, "/search/kept/history").status_code == 303
    lan.get("/search", query_string={"q": "đê"})
    assert list_kept_searches(services, actor=person_).last == []
    assert "Bạn đã chọn không lưu" in lan.get("/search").text
    assert program.post("/search/kept/history", json={"history": True}).get_json()["history"]
    assert not archive.ask("saved-search", "history", "off", account="lan")["history"]
    assert archive.run("saved-search", "history", "on", account="lan").code == 0
    assert set_history(services, History(history=True), actor=person_).history
