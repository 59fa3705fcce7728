"""Recall, replacement and correction of documents in custody: by page, REST and command."""

import hashlib
import html
import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.case_files.document_record import document_record
from archive_service.catalogue.holdings.uses import DocumentRecalledError, require_readable
from archive_service.catalogue.recalls.acts import Wish, ask, confirm_recall, refuse_recall
from archive_service.catalogue.recalls.documents import RecallDocument
from archive_service.catalogue.recalls.given import DecisionIn
from archive_service.catalogue.recalls.listing import list_recalls
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.recall import (
    RecallKind,
    RecallStateError,
    RecallSuccessorError,
    RecallWordsError,
)
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Account, Role
from archive_service.domain.people.notice import Notice
from archive_service.keeping.malware.quarantine import DocumentTakenBackError, release
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError
from archive_service.web.display import day
from retention.holds.acts import place_holds
from search.acts import find, outdated_among
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import (
    OPEN_CODE,
    RESTRICTED_CODE,
    Program,
    add_person,
    do_all,
    form_token,
    session_token,
    sign_in,
)

REASON = "Ban hành sai thẩm quyền"
RECALL = Wish(kind=RecallKind.RECALL, reason=REASON)


def asked(services: Services, wish: Wish = RECALL, name: str = "bach") -> RecallDocument:
    return ask(services, OPEN_CODE, "1", wish, actor=person(services, name))


def granted(services: Services, wish: Wish = RECALL) -> RecallDocument:
    told = asked(services, wish)
    archivist = person(services, "lan")
    return confirm_recall(services, told.id, DecisionIn(reason="Đồng ý"), actor=archivist)


def document(services: Services, code: str = OPEN_CODE, ordinal: int = 1) -> Document:
    with services.read_only() as session:
        query = select(Document).join(CaseFile, CaseFile.id == Document.case_file_id)
        found = session.scalars(query.where(CaseFile.code == code, Document.ordinal == ordinal))
        row = found.one()
        assert row.relations is not None
        assert row.files is not None
        return row


def case_file(services: Services, code: str = OPEN_CODE) -> dict[str, Any]:
    return queries.case_file(services, code, actor=person(services, "lan")).as_json()


def test_an_officer_asks_and_the_archive_confirms(services: Services) -> None:
    told = asked(services)
    assert (told.state, document(services).recalled_at) == ("asked", None)
    assert asked(services).id == told.id, "the same, asked again, is the same"
    files = [file.sha256 for file in document(services).files]
    done = confirm_recall(
        services, told.id, DecisionIn(reason="Đồng ý"), actor=person(services, "lan")
    )
    do_all(services)
    row = document(services)
    assert done.state == "granted"
    assert row.recalled_at is not None
    assert [file.sha256 for file in row.files] == files, "no byte is removed"
    with services.read_only() as session:
        held = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        with pytest.raises(DocumentRecalledError):
            require_readable(person(services, "lan"), held, row)
        kinds = set(session.scalars(select(Notice.kind)))
    assert held.version_stored == 2, "the recall is in the package"
    assert {"recall-asked", "recall-granted"} <= kinds
    ids = {hit.document for hit in find(services, "quyết định", actor=OPERATOR).hits}
    assert row.id not in ids


def test_an_officer_cannot_confirm_and_a_reader_cannot_ask(services: Services) -> None:
    told = asked(services)
    with pytest.raises(ActNotAllowedError):
        confirm_recall(services, told.id, DecisionIn(reason="x"), actor=person(services, "bach"))
    with pytest.raises(ActNotAllowedError):
        asked(services, name="binh")


def test_a_refusal_leaves_the_document_open_and_tells_who_asked(services: Services) -> None:
    told = asked(services)
    archivist = person(services, "lan")
    recall_id = told.id
    done = refuse_recall(services, recall_id, DecisionIn(reason="Không đúng"), actor=archivist)
    assert (done.state, document(services).recalled_at) == ("refused", None)
    with services.read_only() as session:
        of_bach = select(Notice).join(Account, Account.id == Notice.account_id)
        told_him = of_bach.where(Account.name == "bach", Notice.kind.startswith("recall-"))
        (notice,) = session.scalars(told_him)
    assert (notice.kind, notice.facts["code"]) == ("recall-refused", OPEN_CODE)
    again = refuse_recall(services, recall_id, DecisionIn(reason="Không đúng"), actor=archivist)
    assert again.state == "refused"
    with pytest.raises(RecallStateError):
        confirm_recall(services, recall_id, DecisionIn(reason="Đồng ý"), actor=archivist)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(kind=RecallKind.RECALL, reason="  "),
        Wish(kind=RecallKind.RECALL, reason="x" * 1001),
        Wish(kind=RecallKind.REPLACEMENT, reason=REASON),
    ],
)
def test_words_that_are_needed_are_asked_for(services: Services, wish: Wish) -> None:
    with pytest.raises(RecallWordsError):
        asked(services, wish)


def test_what_is_held_is_not_recalled_until_the_hold_is_lifted(services: Services) -> None:
    place_holds(
        services, [OPEN_CODE], reason="Thanh tra", authority="1/QĐ", actor=person(services, "hung")
    )
    told = asked(services)
    with pytest.raises(CaseFileHeldError):
        confirm_recall(services, told.id, DecisionIn(reason="x"), actor=person(services, "lan"))
    assert document(services).recalled_at is None


def test_the_package_of_a_recalled_document_is_greyed_with_its_reason_and_offered_without_it(
    app: Flask, services: Services
) -> None:
    browser = browser_of(app, services, "lan")
    page, package = f"/case-files/{OPEN_CODE}", f"/case-files/{OPEN_CODE}/export?form="
    assert f'href="{package}aip"' in browser.get(page).text
    granted(services)
    do_all(services)
    shown = browser.get(page).text
    assert f'href="{package}aip"' not in shown
    assert 'aria-disabled="true" aria-describedby="package-closed"' in shown
    why = html.unescape(shown.partition('id="package-closed"')[2].partition("</p>")[0])
    assert "đã bị cơ quan ban hành thu hồi" in why
    assert f'href="{package}dip"' in shown
    assert browser.get(f"{package}aip").status_code == 403
    out = browser.get(f"{package}dip")
    assert out.status_code == 200
    recalled = {file.sha256 for file in document(services).files}
    with zipfile.ZipFile(io.BytesIO(out.data)) as packed:
        digests = {hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist()}
    assert not digests & recalled


def test_what_was_recalled_is_not_opened_or_recalled_again(services: Services) -> None:
    granted(services)
    with pytest.raises(DocumentTakenBackError):
        release(services, OPEN_CODE, "1", "x", actor=person(services, "hung"))
    with pytest.raises(RecallStateError):
        asked(services)


@pytest.mark.parametrize(
    ("kind", "forth", "back"),
    [
        (RecallKind.REPLACEMENT, "replaces", "replaced-by"),
        (RecallKind.CORRECTION, "corrects", "corrected-by"),
    ],
)
def test_both_documents_say_what_became_of_the_older_one(
    services: Services, kind: RecallKind, forth: str, back: str
) -> None:
    newer = document(services, RESTRICTED_CODE)
    granted(services, Wish(kind=kind, reason=REASON, successor=newer.doc_code))
    do_all(services)
    old, new = document(services), document(services, RESTRICTED_CODE)
    assert (back, newer.doc_code) in [
        (relation.relation, relation.target) for relation in old.relations
    ]
    assert (forth, old.doc_code) in [
        (relation.relation, relation.target) for relation in new.relations
    ]
    assert old.recalled_at is None, "it can still be read"
    with services.read_only() as session:
        assert outdated_among(session, [old.id, new.id]) == {old.id: [back]}


def test_the_data_of_a_document_lead_to_the_other_by_its_title(
    app: Flask, services: Services
) -> None:
    newer = document(services, RESTRICTED_CODE)
    wish = Wish(kind=RecallKind.CORRECTION, reason=REASON, successor=newer.doc_code)
    granted(services, wish)
    do_all(services)
    older = document(services)
    page = browser_of(app, services, "lan").get(f"/case-files/{RESTRICTED_CODE}?document=1").text
    assert f"{older.subject} (mã {older.doc_code})</a>" in page
    assert f'Đính chính: <a href="/case-files/{OPEN_CODE}?document=1">' in page


def test_the_record_of_a_document_tells_nothing_of_another_agencys(services: Services) -> None:
    newer = document(services, RESTRICTED_CODE)
    granted(services, Wish(kind=RecallKind.CORRECTION, reason=REASON, successor=newer.doc_code))
    older, archivist = document(services), person(services, "lan")
    other = Agency(code="H40.19", name="Sở Nội vụ tỉnh Sơn Lam")
    with services.writing() as session:
        session.add(other)
        session.flush()
        of_it = update(CaseFile).where(CaseFile.code == RESTRICTED_CODE)
        session.execute(of_it.values(agency_id=other.id))
    told = document_record(services, OPEN_CODE, 1, actor=archivist)["relations"]
    assert (newer.subject, RESTRICTED_CODE) in [(entry["target"], entry["code"]) for entry in told]
    told = document_record(services, OPEN_CODE, 1, actor=person(services, "bach"))["relations"]
    assert (newer.doc_code, None) in [(entry["target"], entry["code"]) for entry in told]
    assert newer.subject not in str(told)

    theirs = replace(person(services, "bach"), agency_id=other.id)
    told = document_record(services, RESTRICTED_CODE, 1, actor=theirs)["relations"]
    assert (older.doc_code, None) in [(entry["target"], entry["code"]) for entry in told]
    assert older.subject not in str(told)


def test_the_page_of_all_data_warns_as_the_page_of_the_case_file_does(
    services: Services, app: Flask, reader: Program
) -> None:
    newer = document(services, RESTRICTED_CODE)
    asked(services, Wish(kind=RecallKind.CORRECTION, reason=REASON, successor=newer.doc_code))
    place = f"/case-files/{OPEN_CODE}/documents/1"
    assert [recall["state"] for recall in reader.get(place).get_json()["recalls"]] == ["asked"]
    granted(services, Wish(kind=RecallKind.CORRECTION, reason=REASON, successor=newer.doc_code))
    granted(services)
    assert {"recall", "correction"} <= {
        recall["kind"]
        for recall in reader.get(place).get_json()["recalls"]
        if recall["state"] == "granted"
    }
    said = (
        f"Văn bản này đã bị cơ quan ban hành thu hồi ngày {day(clock.iso(clock.now()))}: {REASON}.",
        f"{newer.subject} (mã {newer.doc_code})",
    )
    pages = [
        browser_of(app, services, "lan").get(where).text
        for where in (place, f"/case-files/{OPEN_CODE}?document=1")
    ]
    for page in pages:
        head = page.partition("Dữ liệu mô tả")[0]
        for words in said:
            assert words in head


def test_a_rebuild_brings_back_what_was_recalled_and_replaced(services: Services) -> None:
    successor = document(services, RESTRICTED_CODE).doc_code
    granted(services, Wish(kind=RecallKind.REPLACEMENT, reason=REASON, successor=successor))
    granted(services)
    before = list_recalls(services, actor=person(services, "lan"))
    do_all(services)
    rebuild(services, actor=OPERATOR)
    do_all(services)
    row = document(services)
    assert row.recalled_at is not None
    assert row.quarantined
    assert "replaced-by" in [relation.relation for relation in row.relations]
    assert list_recalls(services, actor=person(services, "lan")) == before
    with services.read_only() as session:
        assert len(session.scalars(select(Act).where(Act.kind == "recall")).all()) == 2


def test_rest_asks_lists_and_decides(officer: Program, archivist: Program, reader: Program) -> None:
    body = {"code": OPEN_CODE, "document": "1", "kind": "recall", "reason": REASON}
    answer = officer.post("/recalls", json=body)
    told: Any = answer.json
    assert (answer.status_code, told["state"]) == (201, "asked")
    refused = officer.post(f"/recalls/{told['id']}/confirm", json={"reason": "x"})
    assert refused.status_code == 403
    done: Any = archivist.post(f"/recalls/{told['id']}/confirm", json={"reason": "Đồng ý"}).json
    assert done["state"] == "granted"
    listed: Any = archivist.get("/recalls?state=granted").json
    assert [recall["id"] for recall in listed["recalls"]] == [told["id"]]
    assert reader.get("/recalls").status_code == 403
    case: Any = archivist.get(f"/case-files/{OPEN_CODE}").json
    assert case["documents"][0]["recalled_at"]


def test_pages_ask_decide_and_say_what_was_recalled(app: Flask, services: Services) -> None:
    officer, archivist = app.test_client(), app.test_client()
    add_person(services, "thu", Role.ARCHIVIST)
    assert sign_in(officer, "bach").status_code == 303
    page = officer.get(f"/case-files/{OPEN_CODE}")
    told = officer.post(
        f"/case-files/{OPEN_CODE}/documents/1/recall",
        data={"csrf_token": form_token(page), "kind": "recall", "reason": REASON},
    )
    assert told.status_code == 303
    assert "Đang chờ lưu trữ xác nhận" in officer.get(f"/case-files/{OPEN_CODE}").text
    assert sign_in(archivist, "thu").status_code == 303
    listed = archivist.get("/recalls")
    address, *_ = re.findall(r'(/recalls/[^"/]+/confirm)', listed.text)
    data = {"csrf_token": form_token(listed), "reason": "Đồng ý"}
    assert archivist.post(address, data=data).status_code == 303
    shown = archivist.get(f"/case-files/{OPEN_CODE}").text
    assert "đã bị cơ quan ban hành thu hồi" in shown
    assert REASON in shown
    assert "Tài liệu đã bị thu hồi" in shown
    assert "tài khoản của bạn" not in shown
    assert "Đã thực hiện" in archivist.get("/recalls").text


def test_a_successor_is_a_document_in_custody_or_told_not_to_be(services: Services) -> None:
    unknown = Wish(kind=RecallKind.REPLACEMENT, reason=REASON, successor="abc xyz")
    with pytest.raises(RecallSuccessorError):
        asked(services, unknown)
    own = document(services).doc_code
    with pytest.raises(RecallSuccessorError):
        asked(services, replace(unknown, successor=own))
    assert asked(services, replace(unknown, declared=True)).successor == "abc xyz"
    newer = document(services, RESTRICTED_CODE)
    named = replace(unknown, successor=f"{newer.code_number}/{newer.code_notation}")
    assert asked(services, named).successor == newer.doc_code


def test_the_newer_document_is_offered_shown_to_who_confirms_and_linked_for_readers(
    app: Flask, services: Services
) -> None:
    newer = document(services, RESTRICTED_CODE)
    officer, archivist = app.test_client(), app.test_client()
    add_person(services, "thu", Role.ARCHIVIST)
    sign_in(officer, "bach")
    sign_in(archivist, "thu")
    address = f"/case-files/{OPEN_CODE}/documents/1/successors"
    for text in (newer.doc_code, newer.subject):
        offered = officer.get(address, query_string={"successor": text}).text
        assert f'value="{newer.doc_code}"' in offered
        for word in (newer.code_number, newer.code_notation, newer.subject, day(newer.issued_date)):
            assert str(word) in html.unescape(offered)
        assert "Không có kết quả đúng như đã gõ" not in offered
    near = f"99{newer.code_number}/{newer.code_notation}"
    shown = officer.get(address, query_string={"successor": near}).text
    assert "Không có kết quả đúng như đã gõ" in html.unescape(shown)
    own = document(services).doc_code
    assert own not in officer.get(address, query_string={"successor": own}).text
    wish = Wish(kind=RecallKind.REPLACEMENT, reason=REASON, successor=newer.doc_code)
    told = asked(services, wish)
    asked(services, replace(wish, successor="abc xyz", declared=True))
    listed = archivist.get("/recalls").text
    dialog = listed.partition(f'id="confirm-{told.id}"')[2].partition("</dialog>")[0]
    assert document(services).subject in html.unescape(dialog)
    assert newer.subject in html.unescape(dialog)
    assert "abc xyz (theo khai báo, chưa có trong kho)" in listed
    confirm_recall(services, told.id, DecisionIn(reason="Đồng ý"), actor=person(services, "lan"))
    shown = html.unescape(officer.get(f"/case-files/{OPEN_CODE}?document=1").text)
    assert f'href="/case-files/{RESTRICTED_CODE}?document=1"' in shown
    name = f"{newer.code_number}/{newer.code_notation}, {newer.subject} (mã {newer.doc_code})"
    assert f"đã được thay thế bởi {name}." in shown
    assert "chưa có trong kho)" not in shown


def test_a_refused_form_stands_open_as_it_was_filled_and_the_choice_counts(
    app: Flask, services: Services
) -> None:
    newer = document(services, RESTRICTED_CODE)
    officer = app.test_client()
    sign_in(officer, "bach")
    wish = {"kind": "correction", "reason": REASON, "successor": "abc xyz"}
    address = f"/case-files/{OPEN_CODE}/documents/1/recall"
    refused = officer.post(address, data=wish | {"csrf_token": session_token(officer)})
    assert refused.status_code == 422
    dialog = refused.text.partition('id="recall-dialog"')[2].partition("</dialog>")[0]
    assert dialog.startswith(" open")
    told = html.unescape(dialog)
    assert "cần đúng một văn bản" in told.partition('id="successor-note"')[2]
    assert f">{REASON}</textarea>" in told
    assert 'value="abc xyz"' in told
    assert '<option value="correction" selected>' in told
    chosen = wish | {"chosen": newer.doc_code, "csrf_token": session_token(officer)}
    assert officer.post(address, data=chosen).status_code == 303
    assert newer.doc_code in officer.get("/recalls").text
