"""What is given to manage is described by its receiver, in that part alone, and nothing else."""

import pytest
from flask import Flask

from archive_service.accounts.gains.acts import confirm_gain
from archive_service.catalogue.grants.acts import GrantReceiverError, end_grant, give_grant
from archive_service.domain.people.account import Role
from archive_service.domain.people.reading_grant import GrantRight, GrantScope, Level
from archive_service.services import Services
from tests.worlds.archive import actor_of
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, add_person, program_of
from tests.worlds.granted import NO_CODE, give, granting, waiting

MANAGE = {"account": "bach", "gives": GrantRight.MANAGE}
AT = f"/case-files/{RESTRICTED_CODE}"
REASON = "Phiếu đề nghị 07/PĐN-VP"


@pytest.fixture(autouse=True)
def people(services: Services) -> None:
    add_person(services, "truong", Role.HEAD)


def describe(program: Program, code: str = RESTRICTED_CODE, **what: object) -> int:
    sent = {"reason": REASON, "fields": {"keyword": "cầu treo; sửa chữa"}} | what
    return program.ask("PATCH", f"/case-files/{code}/description", json=sent).status_code


def test_it_counts_once_confirmed_for_this_case_file_and_ends_at_once(
    app: Flask, services: Services, officer: Program
) -> None:
    desk = browser_of(app, services, "bach")
    assert describe(officer) == 403
    assert desk.get(f"{AT}/describe").status_code == 403
    done = give_grant(services, granting(**MANAGE), actor=actor_of(services, "lan"))
    assert describe(officer) == 403  # it waits
    told = confirm_gain(services, waiting(services), NO_CODE, actor=actor_of(services, "truong"))
    assert told.gives == "manage"
    assert describe(officer, OPEN_CODE) == 403  # another case file of the agency
    assert describe(officer) == 200
    page = desk.get(f"{AT}/describe")
    assert page.status_code == 200
    assert 'name="keyword"' in page.text
    assert 'name="mode"' not in page.text
    assert f'href="{AT}/describe"' in desk.get(AT).text
    assert RESTRICTED_CODE in desk.get("/grants").text
    assert "Quản lý" in browser_of(app, services, "lan").get("/grants").text
    form = {"document": "0", "keyword": "cầu", "reason": REASON}
    assert post(desk, f"{AT}/describe", **form).status_code == 303
    end_grant(services, done.id, actor=actor_of(services, "lan"))
    assert describe(officer) == 403
    assert post(desk, f"{AT}/describe", **form).status_code == 403


def test_it_opens_no_other_act_and_neither_term_nor_access_mode(
    app: Flask, services: Services, officer: Program
) -> None:
    give(services, **MANAGE)
    stays = {"mode": "01", "maintenance": "02", "ruleCode": "", "endDate": "2001-01-01"}
    for field, value in stays.items():
        sent = {"reason": REASON, "fields": {field: value}}
        refused = officer.ask("PATCH", f"{AT}/description", json=sent)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "field-not-managed")
    desk = browser_of(app, services, "bach")
    for at in (f"{AT}/arrange", "/describe-many", "/dispositions/new", f"{AT}/package.zip"):
        assert desk.get(at).status_code in (403, 404, 405), at
    assert officer.post("/dispositions", json={}).status_code in (403, 422)
    assert "arrange" not in desk.get(AT).text
    staff, undo = browser_of(app, services, "lan"), f"{AT}/describe/undo"
    assert describe(program_of(app, services, "lan"), fields={"endDate": "2025-12-30"}) == 200
    shown = [undo in who.get(f"{AT}/describe").text for who in (staff, desk)]
    assert shown == [True, False], "what it changed is not the manager's to change"


def test_a_document_alone_and_a_level_below_reach_no_further(
    app: Flask, services: Services, officer: Program
) -> None:
    done = give(services, **MANAGE, scope=GrantScope.DOCUMENT, part="1")
    assert describe(officer) == 403
    assert describe(officer, fields={}, documents={"1": {"keyword": "cầu treo"}}) == 200
    page = browser_of(app, services, "bach").get(AT).text
    assert f'href="{AT}/describe?document=1"' in page
    assert f'href="{AT}/describe"' not in page
    told = officer.get(f"{AT}/description").get_json()
    assert (told["fields"], len(told["documents"])) == ({}, 1)
    end_grant(services, done.id, actor=actor_of(services, "lan"))
    give(services, **MANAGE, level=Level.PUBLIC)  # the document is open on conditions
    assert describe(officer, fields={}, documents={"1": {"keyword": "cầu"}}) == 403


def test_only_who_works_with_records_of_the_agency_receives_it(services: Services) -> None:
    for wrong in ("stranger", "binh", "mai"):
        with pytest.raises(GrantReceiverError):
            give_grant(
                services, granting(**MANAGE | {"account": wrong}), actor=actor_of(services, "lan")
            )
    with pytest.raises(GrantReceiverError):  # reading is a reader's
        give_grant(services, granting(account="bach"), actor=actor_of(services, "lan"))
