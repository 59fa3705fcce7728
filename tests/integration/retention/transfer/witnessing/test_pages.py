"""The page of a partner: what is kept of its log, what it cosigned of ours, and by which keys."""

from typing import Any

from flask.testing import FlaskClient

from archive_service.app import create_app
from archive_service.domain.people.account import Role
from archive_service.evidence.checkpoint import make_checkpoint
from archive_service.evidence.witness.cosignature import OWN_KEY, read_key
from archive_service.evidence.witness.rules import Asking
from archive_service.services import Services
from tests.worlds.archive import HISTORICAL_CODE
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of
from tests.worlds.transfer.transfers import TwoArchives
from tests.worlds.transfer.witnesses import refused, sealed, sent, troubles, witnessed

AT = "/nop-luu/doi-tac"


def admin_of(services: Services) -> FlaskClient:
    add_person(services, "quan", Role.ADMIN)
    return browser_of(create_app(services), services, "quan")


def test_both_pages_tell_the_last_checkpoint_and_the_key(two: TwoArchives) -> None:
    giver, receiver = two.giver, two.receiver
    with witnessed(receiver, giver):
        made = sealed(giver)
        sent(giver)
    vkey = read_key(receiver.settings.home / OWN_KEY).key.vkey
    ours = admin_of(giver).get(f"{AT}/{HISTORICAL_CODE}").text
    theirs = admin_of(receiver).get(f"{AT}/{giver.settings.archive.code}").text
    for page in (ours, theirs):
        assert '<h2 id="witness-title">Làm chứng</h2>' in page
        assert vkey.replace("+", "&#43;") in page or vkey in page
        assert f">{made.size}<" in page
    assert "Bắt đầu lại" in theirs
    assert "Bắt đầu lại" not in ours


def test_a_contradiction_is_told_and_a_person_begins_anew(two: TwoArchives) -> None:
    with witnessed(two.receiver, two.giver):
        kept = sealed(two.giver)
        sent(two.giver)
    other = make_checkpoint(kept.origin, kept.size, bytes(32), two.giver.signer())
    assert refused(two, Asking(kept.size, (), other)) == "log-contradicts"
    admin, at = admin_of(two.receiver), f"{AT}/{two.giver.settings.archive.code}"
    assert "trái với điều đang được giữ" in admin.get(at).text
    again = post(admin, f"{at}/witness-anew", reason=" ")
    assert (again.status_code, "Chưa ghi vì sao bắt đầu lại" in again.text) == (422, True)
    assert post(admin, f"{at}/witness-anew", reason="Công văn 12").status_code == 303
    assert "trái với điều đang được giữ" not in admin.get(at).text
    assert troubles(two.receiver) == {}


def test_a_program_begins_anew(two: TwoArchives) -> None:
    with witnessed(two.receiver, two.giver):
        sealed(two.giver)
        sent(two.giver)
    add_person(two.receiver, "quan", Role.ADMIN)
    admin = program_of(create_app(two.receiver), two.receiver, "quan")
    path, given = f"/witness/{two.giver.settings.archive.code}/begin-anew", {"reason": "CV 12"}
    told: dict[str, Any] = admin.post(path, json=given).get_json()
    assert (told["size"], told["trouble"]) == (0, None)


def test_sides_are_ticked_with_address_and_key(two: TwoArchives) -> None:
    admin = admin_of(two.giver)
    form = {"code": "witness.example", "name": "Sở Nội vụ", "witnesses": "1"}
    lacking = post(admin, AT, **form, url="https://witness.example")
    assert (lacking.status_code, "thiếu địa chỉ máy chủ hoặc khóa" in lacking.text) == (422, True)
    odd = post(admin, AT, **form, url="https://witness.example", witness_key="x")
    assert "không phải khóa của bên làm chứng" in odd.text
