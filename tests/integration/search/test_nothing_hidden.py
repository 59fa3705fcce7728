"""Beside what one may see, more that one may not changes no page of the search, on any engine.

What is hidden: of another agency, with rows and words of the same kind; or open on conditions
that the account does not meet.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.app import create_app
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds, Series
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.notice import Notice
from archive_service.domain.retention.removal import PlaceState, Removal, RemovalPlace
from archive_service.services import Services
from archive_service.worker import run_one
from search.kept import news
from search.kept.acts import Keep, Watched, keep_search, watch_kept_search
from search.port import Entry
from tests.worlds.any_row import any_row
from tests.worlds.archive import Backends, new_home, open_home, person
from tests.worlds.browsers import browser_of, post

WORDS = "kè đá hộc bờ hữu"
ASKED = "/search?q=k%C3%A8+%C4%91%C3%A1"
SLIPPED = "/search?q=kef+dda1"  # keys of Telex and VNI: what was meant is asked
SIGNERS = ("Lò Thị Mẩy", "Vừ A Sính", "Quàng Văn Pánh")


@pytest.fixture(params=["fts5", "elasticsearch"])
def services(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """An archive with a dozen case files of the readers' agency."""
    server = request.param == "elasticsearch" and request.getfixturevalue("elasticsearch")
    home = new_home(
        tmp_path_factory.mktemp("hidden") / "home", Backends(elasticsearch=server or None)
    )
    with open_home(home) as opened:
        agency = person(opened, "bach").agency_id
        assert agency is not None
        for number in range(12):
            held(opened, agency, number)
        yield opened


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


def held(services: Services, agency_id: UUID, number: int, **more: Any) -> None:
    """A case file with a document, in rows and in the index; the same words in each a while."""
    _, entries = in_rows(services, agency_id, number, **more)
    services.index.replace_many([entries[0].case_file_id], entries)


def in_rows(
    services: Services, agency_id: UUID, number: int, **more: Any
) -> tuple[UUID, list[Entry]]:
    """The document of such a case file, and what its index would hold."""
    with services.writing() as session:
        agency = session.get_one(Agency, agency_id)
        fonds = session.scalars(select(Fonds).where(Fonds.agency_id == agency_id)).one()
        code = f"S{number % 4}"
        is_series = (Series.fonds_id == fonds.id, Series.code == code)
        series = session.scalars(select(Series).where(*is_series)).first() or any_row(
            session, Series, fonds_id=fonds.id, code=code, title=f"Nhóm {number % 4}"
        )
        row = any_row(
            session,
            CaseFile,
            agency_id=agency_id,
            agency_code=agency.code,
            fonds_id=fonds.id,
            series_id=series.id,
            code=f"{agency.code}.{2001 + number % 9}.{number}.KE",
            title=f"Hồ sơ {WORDS} số {number}",
            year=2001 + number % 9,
            mode="01",
            state=CaseState.STORED,
            version_wanted=1,
            version_built=1,
            version_stored=1,
            version_indexed=1,
        )
        document = any_row(
            session,
            Document,
            case_file_id=row.id,
            ordinal=1,
            mode="01",
            subject=f"Biên bản {WORDS}",
        )
        entry = Entry(
            row.id, row.code, f"{row.title} {WORDS} " * (1 + number % 3), agency_id, row.year, "01",
            document_title=row.title, fonds=str(fonds.id), series=str(series.id),
        )  # fmt: skip
        one = replace(
            entry, document_id=document.id, document_title=document.subject, type="20",
            text=f"Biên bản {WORDS} thôn {number}", signer=SIGNERS[number % 3],
            issuer=f"Ban {number % 5}", format="pdf", language="01", term="10", source="scan",
            date=f"{row.year}-05-01",
        )  # fmt: skip
        page = replace(one, page=1, text=f"{WORDS} và các thôn khác {number}")
        entries = [replace(each, **more) for each in (entry, one, page)]
        return document.id, entries


def hide_rows(services: Services) -> None:
    """Of another agency, in rows and in the index."""
    other = person(services, "stranger").agency_id
    assert other is not None
    for number in range(40, 70):
        held(
            services, other, number, signer="Đỗ Văn Kín", issuer="Ban kín", format="xlsx",
            language="02", term="permanent", type="22",
        )  # fmt: skip


def hide_words(services: Services) -> None:
    """Of the same agency, open on conditions, and nothing of it that everybody may know."""
    agency = person(services, "bach").agency_id
    assert agency is not None
    for number in range(40):
        identifier = uuid4()
        hidden = Entry(
            identifier, "H40.18.2001.9.KIN", f"Hồ sơ {WORDS} kè kẻ đã {number}", agency, 1999, "02",
            uuid4(), f"{WORDS} kín", signer="Đỗ Văn Kín", issuer="Ban kín", format="xlsx",
            term="5", type="22",
        )  # fmt: skip
        services.index.replace_many([identifier], [hidden, replace(hidden, page=1)])


def leave(session: Session, document: Document, number: int) -> None:
    """In quarantine, in another case file, being destroyed, or closed, by turns."""
    case_file = session.get_one(CaseFile, document.case_file_id)
    case_file.version_indexed = -1
    match number % 4:
        case 0:
            document.quarantined = True
        case 1:
            document.moved_to = {"case_file": case_file.code}
        case 2:
            removal = any_row(session, Removal, case_file_id=case_file.id)
            any_row(
                session, RemovalPlace, removal_id=removal.id, place="index", state=PlaceState.OPEN
            )
        case _:
            case_file.mode = document.mode = "03"


def left_late(services: Services) -> list[Entry]:
    """What an index holds of documents that left their readers since; the rows tell it.

    It goes in later: an index on Elasticsearch takes half a minute for what is taken out of it.
    """
    agency = person(services, "bach").agency_id
    assert agency is not None
    entries: list[Entry] = []
    for number in range(80, 100):
        document_id, made = in_rows(
            services, agency, number, signer="Đỗ Văn Kín", issuer="Ban kín", format="xlsx",
            language="02", term="permanent", type="22", source="born-digital", year=1999,
        )  # fmt: skip
        with services.writing() as session:
            document = session.get_one(Document, document_id)
            leave(session, document, number)
        entries += [it for it in made if it.document_id]
    return entries


def hide_late(services: Services, entries: list[Entry]) -> None:
    services.index.replace_many({it.case_file_id for it in entries}, entries)


# Of one agency; of all agencies, and what is open alone.
HIDING = {"bach": hide_rows, "binh": hide_words}


def shown(browser: FlaskClient, address: str) -> str:
    """The page as it is read, without what is drawn anew for each answer."""
    answer = browser.get(address)
    assert answer.status_code == 200, address
    anew = r'((csrf_token|press)"[^>]*value|nonce)="[^"]*"|[\d,]+ (mili )?giây|\d\d:\d\d</p>'
    return re.sub(anew, "", answer.text)


def taken(browser: FlaskClient, address: str) -> list[list[str]]:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return list(csv.reader(io.StringIO(answer.text)))


def told(services: Services) -> list[object]:
    with services.writing() as session:
        services.jobs.add(session, news.NEWS_JOB)
    assert run_one(services, names=(news.NEWS_JOB,)) == "done"
    with services.read_only() as session:
        rows = session.scalars(select(Notice).where(Notice.kind.like("kept-%")))
        return [(row.kind, row.facts) for row in rows]


PLACES = {
    "hits": ASKED,
    "repaired": SLIPPED,
    "narrowed": f"{ASKED}&year=2003&signer=L%C3%B2+Th%E1%BB%8B+M%E1%BA%A9y",
    "within a word begun": "/search?q=k%C3%A8+b*",
    "second page": f"{ASKED}&page=2",
    "by title": f"{ASKED}&sort=title",
    "suggestions": "/search/suggestions?q=h%E1%BB%93+s%C6%A1+k%C3%A8",
    "signers suggested": "/search/suggestions?q=%C4%91%E1%BB%97+v%C4%83n",
    "basket": "/search/basket",
    "tree and years": "/browse",
    "a year": "/browse?year=2003",
    "a year without any": "/browse?year=1999",
}


@pytest.mark.parametrize(("name", "late"), [*((name, False) for name in HIDING), ("binh", True)])
def test_no_page_changes_by_what_is_hidden(
    app: Flask, services: Services, name: str, *, late: bool
) -> None:
    left = left_late(services) if late else []
    browser = browser_of(app, services, name)
    actor = person(services, name)
    with services.read_only() as session:
        current = select(CaseFile).where(CaseFile.version_indexed > 0).order_by(CaseFile.code)
        mine = session.scalars(current).all()
        fonds = session.get_one(Fonds, mine[0].fonds_id).code
        documents = [row.documents[0].id for row in mine]
    post(browser, "/search/basket/put", document=str(documents[3]), code=mine[3].code)
    shown(browser, "/search/basket")  # tells once what was put in
    kept = keep_search(services, Keep(name="Kè", text="kè đá"), actor=actor)
    watch_kept_search(services, kept.id, Watched(watched=True), actor=actor)
    places = PLACES | {
        "similar": f"/search/similar/{documents[3]}",
        "a branch": f"/browse/branch?fonds={fonds}",
        "a series": f"/browse/branch?fonds={fonds}&series=S1",
        "a case file": f"/browse/branch?case={mine[3].code}",
    }
    exported = f"{ASKED.replace('?', '/export?form=csv&')}"
    before = {place: shown(browser, address) for place, address in places.items()}
    table, notices = taken(browser, exported), told(services)
    assert "Quàng Văn Pánh" in before["hits"]
    assert mine[3].code in before["basket"]
    assert len(table) > 12
    if late:
        hide_late(services, left)
    else:
        HIDING[name](services)
    for place, address in places.items():
        assert shown(browser, address) == before[place], place
    assert taken(browser, exported) == table
    assert told(services) == notices
