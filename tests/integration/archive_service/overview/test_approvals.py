"""Changes of the access mode wait beside the other approvals, and both sides are told."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import access
from archive_service.catalogue.describing.acts import decide_on_mode, describe_case_file
from archive_service.catalogue.describing.description import waiting_modes
from archive_service.domain.people.account import Account
from archive_service.domain.people.notice import Notice
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import OPEN_CODE


def ask(services: Services, mode: str = "02", document: int = 0) -> str:
    actor = person(services, "lan")
    done = describe_case_file(
        services, OPEN_CODE, {document: {"mode": mode}}, reason="Có dữ liệu cá nhân", actor=actor
    )
    return str(done.waiting[-1].id)


def notices(services: Services, name: str) -> list[Notice]:
    with services.read_only() as session:
        mine = select(Notice).join(Account, Account.id == Notice.account_id)
        about = Notice.kind.startswith("access-mode-")
        return list(session.scalars(mine.where(Account.name == name, about).order_by(Notice.kind)))


def test_a_change_waits_where_the_head_decides(app: Flask, services: Services) -> None:
    change = ask(services)
    head = browser_of(app, services, "hung")
    page = head.get(f"/approvals?item={change}").text
    for words in ("Đổi chế độ sử dụng", OPEN_CODE, "Có dữ liệu cá nhân", "Sử dụng có điều kiện"):
        assert words in page
    address = f"/case-files/{OPEN_CODE}/access-mode/{change}"
    assert address in page
    done = post(head, address, answer="confirm", reason="Đồng ý", back="approvals")
    assert done.headers["Location"].endswith("/approvals")
    assert change not in head.get("/approvals").text


def test_of_a_document_its_place_and_title_are_shown(services: Services) -> None:
    ask(services, document=1)
    (told,) = waiting_modes(services, actor=person(services, "hung"))
    assert (told.code, told.document, told.was, told.becomes) == (
        OPEN_CODE, 1, "01", "02",
    )  # fmt: skip
    assert told.document_title


def test_the_head_has_one_notice_and_none_is_left_unread_when_all_is_decided(
    services: Services,
) -> None:
    first, second = ask(services), ask(services, document=1)
    (notice,) = notices(services, "hung")
    assert (notice.kind, notice.facts["count"], notice.href, notice.read_at) == (
        "access-mode-asked", 2, "/approvals", None,
    )  # fmt: skip
    head = person(services, "hung")
    decide_on_mode(services, UUID(first), confirm=True, reason="Đồng ý", actor=head)
    assert notices(services, "hung")[0].read_at is None
    decide_on_mode(services, UUID(second), confirm=False, reason="Không cần", actor=head)
    assert notices(services, "hung")[0].read_at is not None
    assert [(one.kind, one.facts["reason"]) for one in notices(services, "lan")] == [
        ("access-mode-confirmed", "Đồng ý"),
        ("access-mode-refused", "Không cần"),
    ]


def test_a_head_who_asks_decides_by_asking_and_is_told_nothing(services: Services) -> None:
    actor = person(services, "hung")
    describe_case_file(services, OPEN_CODE, {0: {"mode": "02"}}, reason="x", actor=actor)
    assert notices(services, "hung") == []


@pytest.mark.parametrize("name", ["lan", "bach", "quan", "kiem"])
def test_only_the_head_sees_what_waits(app: Flask, services: Services, name: str) -> None:
    change = ask(services)
    with pytest.raises(access.ActNotAllowedError):
        waiting_modes(services, actor=person(services, name))
    assert change not in browser_of(app, services, name).get("/approvals").text


def test_what_waits_is_read_in_one_statement(app: Flask, services: Services) -> None:
    head = browser_of(app, services, "hung")
    ask(services)
    counts = []
    for document in (1, 1):
        with counted(services) as statements:
            head.get("/approvals")
        counts.append(len(statements))
        ask(services, document=document)
    assert counts[0] == counts[1]
