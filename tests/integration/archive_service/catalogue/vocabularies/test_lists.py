"""Controlled lists: kept, merged, counted, suggested; case files described anew; rebuilt."""

import json
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.describing.mode_changes import CatalogueReasonError
from archive_service.catalogue.vocabularies import acts as vocabularies_acts
from archive_service.catalogue.vocabularies.given import MergeIn, ReasonIn, TermChange, TermIn
from archive_service.catalogue.vocabularies.lists import (
    TermMergedError,
    TermNotFoundError,
    TermPairError,
    TermTakenError,
    TermWordsError,
)
from archive_service.domain.agencies.term import TERM, TermKind
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.holds.acts import place_holds
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, counted, post, post_from
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, do_all
from tests.worlds.command import Command

PUMP = "trạm bơm"
REASON = "Thống nhất từ khóa"
ANEW, NOTED = ReasonIn(reason=REASON), TermChange(note="x")


def add(
    services: Services, name: str, kind: TermKind = TermKind.KEYWORD, **more: Any
) -> dict[str, Any]:
    given = TermIn.model_validate({"kind": kind.value, "name": name} | more)
    return vocabularies_acts.add(services, given, actor=person(services, "lan")).as_json()


def merge(
    services: Services, one: dict[str, Any], into: dict[str, Any], name: str = "lan"
) -> dict[str, Any]:
    actor = person(services, name)
    given = MergeIn(into=UUID(into["id"]))
    return vocabularies_acts.merge(services, UUID(one["id"]), given, actor=actor).as_json()


def told(services: Services, name: str = "lan") -> list[dict[str, Any]]:
    actor = person(services, name)
    found, _ = vocabularies_acts.list_page(services, actor=actor, kind=None, text="", limit=None)
    return [each.as_json() for each in found]


def describe(services: Services, code: str, keyword: str) -> None:
    edits = {0: {"keyword": keyword}}
    describe_case_file(services, code, edits, reason=REASON, actor=person(services, "lan"))


def suggested(services: Services, typed: str, kind: TermKind = TermKind.KEYWORD) -> list[str]:
    return vocabularies_acts.suggest(services, kind, typed, actor=person(services, "lan"))


def keyword_of(services: Services, code: str) -> tuple[str | None, int]:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        return row.keyword, row.version_wanted


def test_a_term_is_added_with_its_variants_and_is_an_act_and_an_event(services: Services) -> None:
    made = add(services, "  Trạm   bơm ", variants=["máy bơm", "TRẠM BƠM"], note="Thủy lợi")
    assert (made["name"], made["variants"], made["note"]) == ("Trạm bơm", ["máy bơm"], "Thủy lợi")
    with services.read_only() as session:
        act = session.scalars(select(Act).where(Act.kind == TERM)).one()
        tags = set(session.scalars(select(AuditEvent.tag)))
    assert (act.document["name"], act.written) == ("Trạm bơm", True)
    assert "term:added" in tags


def test_what_another_term_is_called_or_written_is_refused(services: Services) -> None:
    add(services, "hòa giải", variants=["điều đình"])
    for name, variants in (("hoà giải", []), ("Điều đình", []), ("khác", ["HÒA GIẢI"])):
        with pytest.raises(TermTakenError):
            add(services, name, variants=variants)
    assert len(told(services)) == 1
    add(services, "hoa giai")  # without marks it is another word
    add(services, "hòa giải", TermKind.PERSON)  # of another list


@pytest.mark.parametrize("name", ["", " - ", "a; b", "a, b", "x" * 301])
def test_a_name_that_is_none_is_refused(services: Services, name: str) -> None:
    with pytest.raises(TermWordsError):
        add(services, name)
    with pytest.raises(TermWordsError):
        add(services, "đúng", variants=["x; y"])
    with pytest.raises(TermWordsError):
        add(services, "đúng", variants=[f"cách {number}" for number in range(101)])
    assert told(services) == []


def test_a_place_may_have_a_comma(services: Services) -> None:
    assert add(services, "Huế, Việt Nam", TermKind.PLACE)["name"] == "Huế, Việt Nam"


def test_only_who_keeps_the_lists_may_change_them(services: Services) -> None:
    made = add(services, PUMP)
    for name in ("bach", "kiem", "binh"):
        actor = person(services, name)
        with pytest.raises(ActNotAllowedError):
            vocabularies_acts.add(services, TermIn(kind="keyword", name="x"), actor=actor)
        with pytest.raises(ActNotAllowedError):
            vocabularies_acts.change(services, UUID(made["id"]), NOTED, actor=actor)
        with pytest.raises(ActNotAllowedError):
            merge(services, made, made, name)
        with pytest.raises(ActNotAllowedError):
            vocabularies_acts.candidates(services, TermKind.KEYWORD, actor=actor, limit=5)
        with pytest.raises(ActNotAllowedError):
            vocabularies_acts.describe_anew(services, UUID(made["id"]), ANEW, actor=actor)
    assert [entry["name"] for entry in told(services, "kiem")] == [PUMP]
    with pytest.raises(ActNotAllowedError):
        told(services, "bach")


def test_a_former_name_stays_as_a_variant_unless_all_variants_are_given(services: Services) -> None:
    made = add(services, PUMP)
    lan, term_id = person(services, "lan"), UUID(made["id"])
    changed = vocabularies_acts.change(services, term_id, TermChange(name="máy bơm"), actor=lan)
    assert (changed.name, changed.variants) == ("máy bơm", [PUMP])
    given = TermChange(variants=[], note="a")
    changed = vocabularies_acts.change(services, term_id, given, actor=lan)
    assert (changed.variants, changed.note) == ([], "a")
    add(services, PUMP)
    with pytest.raises(TermTakenError):
        vocabularies_acts.change(services, term_id, TermChange(variants=[PUMP]), actor=lan)
    with pytest.raises(TermNotFoundError):
        vocabularies_acts.change(services, UUID(int=1), NOTED, actor=lan)


def test_uses_are_counted_by_name_and_by_variant(services: Services) -> None:
    describe(services, OPEN_CODE, "Trạm bơm, thủy lợi")
    edits = {0: {"keyword": "máy bơm; thuỷ lợi"}, 1: {"keyword": "trạm bơm"}}
    lan = person(services, "lan")
    describe_case_file(services, RESTRICTED_CODE, edits, reason=REASON, actor=lan)
    add(services, "trạm bơm", variants=["máy bơm"])
    add(services, "thủy lợi")
    add(services, "đê")
    counts = {entry["name"]: (entry["uses"], entry["otherwise"]) for entry in told(services)}
    assert counts == {"trạm bơm": (3, 2), "thủy lợi": (2, 1), "đê": (0, 0)}
    seen = {entry["name"]: entry["uses"] for entry in told(services, "kiem")}
    assert seen["trạm bơm"] == 2, "keywords of conditional material are not counted for an auditor"


def test_texts_that_belong_to_no_term_are_candidates(services: Services) -> None:
    describe(services, OPEN_CODE, "Đập; kênh, đập")
    describe(services, RESTRICTED_CODE, "đập")
    lan = person(services, "lan")
    found = vocabularies_acts.candidates(services, TermKind.KEYWORD, actor=lan, limit=50)
    counts = {entry.name.lower(): entry.uses for entry in found}
    assert (counts["đập"], counts["kênh"]) == (2, 1)
    add(services, "công trình", variants=["Đập"])
    found = vocabularies_acts.candidates(services, TermKind.KEYWORD, actor=lan, limit=50)
    assert "đập" not in {entry.name.lower() for entry in found}
    edits = {1: {"signer": "Lê Văn A"}}
    describe_case_file(services, OPEN_CODE, edits, reason=REASON, actor=lan)
    people = vocabularies_acts.candidates(services, TermKind.PERSON, actor=lan, limit=50)
    assert "Lê Văn A" in {one.name for one in people}
    assert not [entry for entry in told(services) if entry["kind"] == "person"], "only by an act"


def test_names_are_suggested_with_and_without_marks_and_by_variant(services: Services) -> None:
    add(services, "trạm bơm", variants=["máy bơm"])
    add(services, "nhà trạm")
    add(services, "Trần Hưng", TermKind.PERSON)
    assert suggested(services, "tram") == ["trạm bơm", "nhà trạm"]
    assert suggested(services, "TRẠM B") == ["trạm bơm"]
    assert suggested(services, "may") == ["trạm bơm"]
    assert suggested(services, "%") == []
    assert suggested(services, "  ") == []
    assert suggested(services, "tran", TermKind.PERSON) == ["Trần Hưng"]


def test_a_merge_carries_names_over_and_changes_no_case_file(services: Services) -> None:
    describe(services, OPEN_CODE, "máy bơm; đê")
    do_all(services)
    before = keyword_of(services, OPEN_CODE)
    one = add(services, "máy bơm", variants=["bơm nước"])
    into = add(services, PUMP)
    done = merge(services, one, into)
    assert (done["term"]["name"], done["case_files"]) == (PUMP, 1)
    assert done["term"]["variants"] == ["bơm nước", "máy bơm"]
    assert keyword_of(services, OPEN_CODE) == before
    assert [row["name"] for row in told(services)] == [PUMP]
    with pytest.raises(TermMergedError):
        merge(services, one, into)
    third = add(services, "công trình thủy lợi")
    assert merge(services, into, third)["term"]["variants"] == ["bơm nước", "máy bơm", PUMP]
    with pytest.raises(TermMergedError) as refused:
        merge(services, one, third)
    assert refused.value.facts["into"] == "công trình thủy lợi"


def test_a_term_is_merged_with_another_of_its_list_only(services: Services) -> None:
    one = add(services, PUMP)
    with pytest.raises(TermPairError):
        merge(services, one, one)
    with pytest.raises(TermPairError):
        merge(services, one, add(services, "Lê A", TermKind.PERSON))
    with pytest.raises(TermNotFoundError):
        merge(services, one, {"id": str(UUID(int=1))})


def test_case_files_are_described_anew_and_what_is_held_is_told(services: Services) -> None:
    describe(services, OPEN_CODE, "đê, máy bơm; trạm bơm")
    describe(services, RESTRICTED_CODE, "máy bơm")
    made = add(services, PUMP, variants=["máy bơm"])
    lan, term_id = person(services, "lan"), UUID(made["id"])
    with pytest.raises(CatalogueReasonError):
        vocabularies_acts.describe_anew(services, term_id, ReasonIn(reason=" "), actor=lan)
    head = person(services, "hung")
    place_holds(services, [RESTRICTED_CODE], reason="x", authority="y", actor=head)
    done = vocabularies_acts.describe_anew(services, term_id, ANEW, actor=lan)
    assert done.as_json() == {
        "described": [OPEN_CODE],
        "refused": [{"code": RESTRICTED_CODE, "error": "case-file-held"}],
        "left": 1,
    }
    assert keyword_of(services, OPEN_CODE)[0] == "đê; trạm bơm"
    assert keyword_of(services, RESTRICTED_CODE)[0] == "máy bơm"
    again = vocabularies_acts.describe_anew(services, term_id, ANEW, actor=lan)
    assert (again.described, again.left) == ([], 1)


def test_signers_are_described_anew_too(services: Services) -> None:
    lan = person(services, "lan")
    edits = {1: {"signer": "Lê V. A"}}
    describe_case_file(services, OPEN_CODE, edits, reason=REASON, actor=lan)
    made = add(services, "Lê Văn A", TermKind.PERSON, variants=["Lê V. A"])
    done = vocabularies_acts.describe_anew(services, UUID(made["id"]), ANEW, actor=lan)
    assert (done.described, done.left) == ([OPEN_CODE], 0)
    (row,) = [entry for entry in told(services) if entry["kind"] == "person"]
    assert (row["uses"] > 0, row["otherwise"]) == (True, 0)


def test_terms_come_back_with_the_archive(services: Services) -> None:
    one = add(services, "máy bơm", variants=["bơm nước"])
    into = add(services, PUMP, note="Thủy lợi")
    merge(services, one, into)
    add(services, "Huế", TermKind.PLACE)
    kept = UUID(into["id"])
    lan = person(services, "lan")
    one_less = TermChange(variants=["máy bơm"])
    vocabularies_acts.change(services, kept, one_less, actor=lan)
    before = told(services)
    rebuild(services, actor=OPERATOR)
    assert told(services) == before
    with pytest.raises(TermMergedError):
        vocabularies_acts.change(services, UUID(one["id"]), NOTED, actor=lan)
    assert suggested(services, "may") == [PUMP]


def test_pages_add_change_merge_and_offer_to_describe(app: Flask, services: Services) -> None:
    describe(services, OPEN_CODE, "máy bơm")
    client = browser_of(app, services, "lan")
    page = client.get("/terms")
    assert "máy bơm" in page.text, "a candidate"
    assert post(client, "/terms", kind="keyword", name="máy bơm").status_code == 303
    assert post(client, "/terms", kind="keyword", name=PUMP, variants="bơm\n").status_code == 303
    taken = post(client, "/terms", kind="keyword", name="BƠM")
    assert (taken.status_code, "đã thuộc mục" in taken.text) == (409, True)
    rows = {entry["name"]: entry["id"] for entry in told(services)}
    asked = client.get(f"/terms?merge={rows['máy bơm']}")
    assert 'id="merge-dialog"' in asked.text
    at = f"/terms?merge={rows['máy bơm']}"
    unknown = post_from(client, at, f"/terms/{rows['máy bơm']}/merge", into="không có")
    assert unknown.status_code == 404
    told_at = unknown.text.partition('name="into"')[2].partition("</dialog>")[0]
    assert 'value="không có"' in told_at
    assert "Danh mục không có mục: không có." in told_at
    done = post(client, f"/terms/{rows['máy bơm']}/merge", into="tram bom")
    assert done.status_code == 404, "a name is meant with its marks"
    done = post(client, f"/terms/{rows['máy bơm']}/merge", into=PUMP)
    assert f"describe={rows[PUMP]}" in done.headers["Location"]
    assert OPEN_CODE in client.get(done.headers["Location"]).text
    assert post(client, f"/terms/{rows[PUMP]}/describe", reason="").status_code == 422
    assert post(client, f"/terms/{rows[PUMP]}/describe", reason=REASON).status_code == 303
    assert keyword_of(services, OPEN_CODE)[0] == PUMP
    assert client.get(f"/terms?change={rows[PUMP]}").status_code == 200
    changed = post(client, f"/terms/{rows[PUMP]}/change", name="Trạm bơm", note="a")
    assert changed.status_code == 303
    assert client.get("/terms?export=csv").status_code == 200
    assert client.get("/terms?change=x").status_code == 404
    auditor = browser_of(app, services, "kiem").get("/terms").text
    assert "Trạm bơm" in auditor
    assert "add-dialog" not in auditor
    assert browser_of(app, services, "binh").get("/terms").status_code == 403


def test_fields_of_the_describe_page_ask_for_names(app: Flask, services: Services) -> None:
    add(services, PUMP)
    client = browser_of(app, services, "lan")
    page = client.get(f"/case-files/{OPEN_CODE}/describe").text
    assert 'list="keyword-known"' in page
    assert "/terms/suggest?kind=keyword&amp;field=keyword" in page
    options = client.get("/terms/suggest?kind=keyword&field=keyword&keyword=đê;+tram").text
    assert 'value="đê; trạm bơm"' in options
    assert 'list="signer-known"' in client.get(f"/case-files/{OPEN_CODE}/describe?document=1").text


def test_the_list_asks_as_much_for_many_as_for_few(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    client.get("/terms")

    def statements() -> int:
        with counted(services) as seen:
            assert client.get("/terms").status_code == 200
        return len(seen)

    for kind in TermKind:
        add(services, f"mục {kind}", kind)
    few = statements()
    for number in range(20):
        add(services, f"từ {number}", variants=[f"cách viết {number}"])
    assert statements() == few


def test_a_program_does_the_same(archivist: Program, reader: Program, services: Services) -> None:
    describe(services, OPEN_CODE, "máy bơm")
    body = {"kind": "keyword", "name": PUMP, "variants": ["bơm"], "note": ""}
    made = archivist.post("/terms", json=body)
    assert (made.status_code, made.get_json()["name"]) == (201, PUMP)
    assert archivist.post("/terms", json=body | {"note": "a"}).status_code == 409
    other = archivist.post("/terms", json={"kind": "keyword", "name": "máy bơm"}).get_json()
    found = archivist.get("/terms?kind=keyword&text=bom&limit=1").get_json()
    assert ([term["name"] for term in found["terms"]], bool(found["cursor"])) == (["máy bơm"], True)
    rest = archivist.get(f"/terms?text=bom&cursor={found['cursor']}").get_json()
    assert [term["name"] for term in rest["terms"]] == [PUMP]
    place, into = f"/terms/{other['id']}", {"into": made.get_json()["id"]}
    noted = archivist.ask("PATCH", place, json={"note": "cũ"}).get_json()
    assert (noted["note"], noted["uses"]) == ("cũ", 1)
    assert archivist.get(place).get_json() == noted
    merged = archivist.post(f"{place}/merge", json=into).get_json()
    assert merged["case_files"] == 1
    named = archivist.get("/terms/suggest?kind=keyword&text=may").get_json()
    assert named == {"names": [PUMP]}
    done = archivist.post(f"/terms/{into['into']}/describe-anew", json={"reason": REASON})
    assert done.get_json() == {"described": [OPEN_CODE], "refused": [], "left": 0}
    assert archivist.get("/terms/candidates?kind=keyword").status_code == 200
    assert archivist.get(place).status_code == 409
    assert reader.get("/terms").status_code == 403


def test_commands_do_the_same(services: Services) -> None:
    def ask(*words: str) -> tuple[int, str]:
        answer = Command(services.settings.home).run("term", *words, account="lan")
        return answer.code, answer.stdout

    assert ask("add", PUMP, "--variant", "bơm")[0] == 0
    assert ask("add", "máy bơm")[0] == 0
    assert ask("add", "BƠM")[0] == 4
    assert ask("change", "máy bơm", "--note", "cũ")[0] == 0
    code, shown = ask("merge", "máy bơm", PUMP, "--json")
    assert (code, json.loads(shown)["term"]["variants"]) == (0, ["bơm", "máy bơm"])
    code, shown = ask("list", "--json")
    assert [term["name"] for term in json.loads(shown)["terms"]] == [PUMP]
    assert PUMP in ask("list")[1]
    assert ask("list", "--candidates")[0] == 0
    assert ask("describe", PUMP, "--reason", REASON, "--json")[0] == 0
    assert ask("merge", "không có", PUMP)[0] == 3
