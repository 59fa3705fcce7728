"""Readers who are granted something, and whether they read it."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.gains.acts import (
    Confirmation,
    confirm_gain,
    list_gains,
)
from archive_service.catalogue.grants.acts import (
    give_grant,
)
from archive_service.catalogue.grants.documents import GrantDocument, Granting
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.domain.people.reading_grant import GrantScope, Level
from archive_service.services import Services
from tests.worlds.archive import actor_of
from tests.worlds.browsers import browser_of
from tests.worlds.clients import RESTRICTED_CODE, program_of

NO_CODE = Confirmation()
READER = "doc.gia"
WORDS = "cầu treo"


def granting(**changed: Any) -> Granting:
    given: dict[str, Any] = {
        "account": READER,
        "scope": GrantScope.CASE_FILE,
        "code": RESTRICTED_CODE,
        "level": Level.RESTRICTED,
        "first_day": clock.today(),
        "last_day": clock.today() + dt.timedelta(days=3),
        "reason": "Quyết định 12/QĐ-LT cho phép nghiên cứu",
    }
    return Granting(**(given | changed))


def give(services: Services, *, by: str = "lan", **changed: Any) -> GrantDocument:
    """By the archivist; confirmed by a head."""
    done = give_grant(services, granting(**changed), actor=actor_of(services, by))
    confirm_gain(services, waiting(services), NO_CODE, actor=actor_of(services, "truong"))
    return done


def waiting(services: Services, kind: str = "granted") -> UUID:
    found = list_gains(services, actor=actor_of(services, "truong")).gains
    (identifier,) = (gain.id for gain in found if gain.kind == kind and gain.is_open)
    return identifier


def confirm_only(services: Services, head: Actor) -> None:
    """The head says yes to the only gain of rights that waits."""
    (gain,) = (gain.id for gain in list_gains(services, actor=head).gains if gain.is_open)
    confirm_gain(services, gain, NO_CODE, actor=head)


def reads(app: Flask, services: Services, name: str = READER) -> bool:
    """Whether its page, its file, its text and its snippets are open to the reader: all or none."""
    program = program_of(app, services, name)
    case_file = program.get(f"/case-files/{RESTRICTED_CODE}").get_json()
    document = case_file["documents"][0]
    page = browser_of(app, services, name).get(f"/case-files/{RESTRICTED_CODE}?document=1").text
    told = program.get("/search", query_string={"q": WORDS, "facets": "true"}).get_json()
    modes = {entry["value"] for entry in told["facets"]["mode"]}
    answers = {
        "page": "/use-requests/new" not in page,
        "text": program.get(f"/documents/{document['id']}/text").status_code == 200,
        "search": any(hit["code"] == RESTRICTED_CODE for hit in told["hits"]),
        "facets": "02" in modes,
    }
    assert len(set(answers.values())) == 1, answers
    return answers["page"]


def reads_text(app: Flask, services: Services) -> bool:
    with services.read_only() as session:
        document = session.scalars(
            select(Document.id).join(CaseFile).where(CaseFile.code == RESTRICTED_CODE)
        ).one()
    answer = program_of(app, services, READER).get(f"/documents/{document}/text")
    return answer.status_code == 200
