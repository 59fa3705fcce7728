"""What a historical archive takes by network from another archive, and what it refuses."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from archive_service.app import create_app
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.services import Services
from retention.transfer.network.batch_format import (
    MEDIA_TYPE,
    MOST_BYTES,
    MOST_PACKAGES,
    Part,
    head_of,
)
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.register import acts as register_acts
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, open_home
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, do_all, program_of
from tests.worlds.transfer.networked import acquaint, spool
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives, two_archives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
BATCH = {"Content-Type": MEDIA_TYPE}
PIECE = {"Content-Type": "application/offset+octet-stream"}
XML = {"Content-Type": "application/xml"}


@dataclass
class Delivery:
    """A built transfer, and the giver's program that delivers it by hand."""

    two: TwoArchives
    id: UUID
    folder: Path
    program: Program

    @property
    def at(self) -> str:
        return f"/transfers/incoming/{self.id}"

    def manifest(self, document: bytes | None = None) -> TestResponse:
        body = (self.folder / "manifest.xml").read_bytes() if document is None else document
        return self.program.ask("PUT", f"{self.at}/manifest", data=body, headers=XML)

    def bytes_of(self, package: dict[str, object]) -> bytes:
        return (self.folder / "packages" / str(package["file"])).read_bytes()

    def piece(self, ordinal: object, offset: int, data: bytes) -> TestResponse:
        headers = PIECE | {"Upload-Offset": str(offset)}
        return self.program.ask(
            "PATCH", f"{self.at}/packages/{ordinal}", data=data, headers=headers
        )

    def batch(self, *parts: tuple[dict[str, Any], bytes], cut: int = 0) -> TestResponse:
        """These packages with these bytes in one request, which breaks off ``cut`` bytes early."""
        head = head_of(
            [Part(entry["ordinal"], entry["size_bytes"], entry["sha256"]) for entry, _ in parts]
        )
        body = head + b"".join(data for _, data in parts)
        return self.program.ask(
            "POST",
            f"{self.at}/packages",
            input_stream=io.BytesIO(body[: len(body) - cut]),
            headers=BATCH,
            environ_overrides={"CONTENT_LENGTH": str(len(body))},
        )

    def wanted(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.program.get(f"{self.at}/packages").get_json()["packages"]
        return found


@pytest.fixture
def delivery(held_home: Path, tmp_path: Path) -> Iterator[Delivery]:
    with two_archives(held_home, tmp_path) as two:
        row = packed(two, tmp_path, *BOTH)
        token = acquaint(two, "http://127.0.0.1:1")
        program = Program(create_app(two.receiver).test_client(), token)
        yield Delivery(two, row, tmp_path / "out", program)


def told(answer: TestResponse, status: int, code: str) -> None:
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_a_delivery_goes_piece_by_piece_and_each_may_come_twice(delivery: Delivery) -> None:
    begun = delivery.manifest()
    assert (begun.status_code, begun.get_json()["wanted"]) == (200, 2)
    assert delivery.manifest().get_json() == begun.get_json()
    first, second = delivery.wanted()
    data = delivery.bytes_of(first)
    assert delivery.piece(first["ordinal"], 0, data[:100]).get_json()["received"] == 100
    told(delivery.piece(first["ordinal"], 0, data[:100]), 409, "delivery-offset")
    told(delivery.piece(first["ordinal"], 200, data[200:]), 409, "delivery-offset")
    told(delivery.piece(first["ordinal"], 100, data), 422, "delivery-too-long")
    assert delivery.wanted()[0]["received"] == 100
    told(delivery.program.post(f"{delivery.at}/complete"), 409, "delivery-incomplete")
    rest = delivery.piece(first["ordinal"], 100, data[100:]).get_json()
    assert rest["received"] == len(data)
    told(delivery.piece(first["ordinal"], 100, data[100:]), 409, "delivery-offset")
    at = f"{delivery.at}/packages/{first['ordinal']}"
    assert delivery.program.get(at).get_json() == rest
    assert delivery.piece(second["ordinal"], 0, delivery.bytes_of(second)).status_code == 200
    done = delivery.program.post(f"{delivery.at}/complete").get_json()
    assert done["receiving"]
    assert delivery.program.post(f"{delivery.at}/complete").get_json() == done
    do_all(delivery.two.receiver)
    now = delivery.program.get(delivery.at).get_json()
    assert (now["wanted"], now["receiving"], now["state"]) == (0, False, "received")
    assert (delivery.wanted(), spool(delivery.two.receiver)) == ([], [])
    late = delivery.piece(first["ordinal"], 0, data).get_json()
    assert late["received"] == len(data)  # and nothing lies here of it
    assert spool(delivery.two.receiver) == []
    delivery.manifest()  # of a giver that was killed before it read our answer
    again = delivery.program.post(f"{delivery.at}/complete").get_json()
    assert (again["wanted"], again["receiving"], spool(delivery.two.receiver)) == (0, False, [])
    row = register_acts.show(delivery.two.receiver, delivery.id, actor=OPERATOR)
    assert {transfer_item.state for transfer_item in row.items} == {"arrived"}
    told(delivery.program.get(f"{delivery.at}/reply"), 404, "delivery-no-reply")
    told(delivery.piece(77, 0, data), 404, "delivery-package-unknown")


def test_a_package_that_is_not_the_one_that_was_named_is_sent_anew(delivery: Delivery) -> None:
    delivery.manifest()
    first = delivery.wanted()[0]
    data = delivery.bytes_of(first)
    flipped = bytes([data[0] ^ 1]) + data[1:]
    told(delivery.piece(first["ordinal"], 0, flipped), 422, "delivery-digest")
    assert delivery.wanted()[0]["received"] == 0
    delivery.piece(first["ordinal"], 0, flipped[:50])
    told(delivery.piece(first["ordinal"], 50, data[50:]), 422, "delivery-digest")
    whole = delivery.piece(first["ordinal"], 0, data)
    assert whole.get_json()["received"] == len(data)


def test_several_packages_come_in_one_request_and_may_come_twice(delivery: Delivery) -> None:
    begun = delivery.manifest().get_json()
    assert (begun["batch_bytes"], begun["batch_packages"]) == (MOST_BYTES, MOST_PACKAGES)
    both = [(entry, delivery.bytes_of(entry)) for entry in delivery.wanted()]
    taken = delivery.batch(*both)
    assert taken.status_code == 200
    told = taken.get_json()["packages"]
    assert told == [entry | {"received": entry["size_bytes"]} for entry, _ in both]
    assert delivery.batch(*both).get_json()["packages"] == told
    delivery.program.post(f"{delivery.at}/complete")
    do_all(delivery.two.receiver)
    assert delivery.batch(*both).get_json()["packages"] == told  # and nothing lies here of it
    assert spool(delivery.two.receiver) == []
    row = register_acts.show(delivery.two.receiver, delivery.id, actor=OPERATOR)
    assert {transfer_item.state for transfer_item in row.items} == {"arrived"}


def test_what_is_wrong_with_one_package_keeps_no_other_back(delivery: Delivery) -> None:
    delivery.manifest()
    first, second = delivery.wanted()
    data, whole = delivery.bytes_of(first), delivery.bytes_of(second)
    flipped = bytes([data[0] ^ 1]) + data[1:]
    told = delivery.batch((first, flipped), (second, whole)).get_json()["packages"]
    assert [entry["received"] for entry in told] == [0, len(whole)]
    assert [entry["received"] for entry in delivery.wanted()] == [0, len(whole)]
    delivery.piece(first["ordinal"], 0, data[:100])
    told = delivery.batch((first, data), (second, whole)).get_json()["packages"]
    assert [entry["received"] for entry in told] == [100, len(whole)]  # it is gone on with alone
    rest = delivery.piece(first["ordinal"], 100, data[100:]).get_json()
    assert rest["received"] == len(data)


@pytest.mark.parametrize("share", [0, 1, 3])
def test_of_a_request_that_breaks_off_stays_what_came_whole(delivery: Delivery, share: int) -> None:
    """Of the one that was under way at most its beginning is here."""
    delivery.manifest()
    first, second = delivery.wanted()
    both = (first, delivery.bytes_of(first)), (second, delivery.bytes_of(second))
    left = second["size_bytes"] * share // 4
    delivery.batch(*both, cut=second["size_bytes"] - left)
    one, other = delivery.wanted()
    assert one["received"] == first["size_bytes"]
    assert 0 <= other["received"] <= left
    rest = both[1][1][other["received"] :]
    whole = delivery.piece(second["ordinal"], other["received"], rest).get_json()
    assert whole["received"] == second["size_bytes"]


def test_packages_that_are_not_those_of_the_manifest_are_not_taken(delivery: Delivery) -> None:
    delivery.manifest()
    first, second = delivery.wanted()
    data, whole = delivery.bytes_of(first), delivery.bytes_of(second)
    other = delivery.batch((second, whole), (first | {"sha256": "0" * 64}, data))
    told(other, 409, "delivery-package-other")
    shorter = first | {"size_bytes": first["size_bytes"] - 1}
    told(delivery.batch((shorter, data[1:])), 409, "delivery-package-other")
    unknown = delivery.batch((second, whole), (first | {"ordinal": 77}, data))
    told(unknown, 404, "delivery-package-unknown")
    told(delivery.batch((first, data), (second, whole[1:])), 422, "delivery-batch")
    told(delivery.batch((first, data), (first, data)), 422, "delivery-batch")
    assert [entry["received"] for entry in delivery.wanted()] == [0, 0]
    at = f"{delivery.at}/packages"
    assert delivery.program.ask("POST", at, data=b"x").status_code == 415
    giver = delivery.two.giver.settings.archive.code
    quota = PartnerGiven(PartnerFacts(quota_bytes=len(data)))
    partners_acts.change(delivery.two.receiver, giver, quota, actor=OPERATOR)
    assert delivery.batch((first, data)).status_code == 200
    told(delivery.batch((second, whole)), 429, "delivery-quota")


def test_a_program_sees_and_writes_its_own_transfers_only(delivery: Delivery) -> None:
    receiver = delivery.two.receiver
    seal = [("a", _der(receiver))]
    other = PartnerGiven(PartnerFacts(name="Lưu trữ khác", gives=True), certificates=seal)
    _, token = partners_acts.add(receiver, "X.1", other, actor=OPERATOR)
    assert token is not None
    stranger = Program(create_app(receiver).test_client(), token)
    mine = delivery.program
    told(_as(delivery, stranger).manifest(), 422, "delivery-other-giver")
    assert spool(receiver) == []
    assert _as(delivery, mine).manifest().status_code == 200
    for path in ("", "/packages", "/packages/1", "/reply"):
        told(stranger.get(f"{delivery.at}{path}"), 404, "transfer-not-found")
    told(_as(delivery, stranger).piece(1, 0, b"x"), 404, "transfer-not-found")
    told(stranger.post(f"{delivery.at}/complete"), 404, "transfer-not-found")
    first = delivery.wanted()[0]
    batch = _as(delivery, stranger).batch((first, delivery.bytes_of(first)))
    told(batch, 404, "transfer-not-found")
    for path in ("/transfers", "/partners", "/agencies", "/case-files"):
        told(stranger.get(path), 403, "act-not-allowed")
    lan = program_of(create_app(receiver), receiver, "lan")
    told(lan.get(delivery.at), 403, "act-not-allowed")
    strange = delivery.program.ask(
        "PUT",
        f"/transfers/incoming/{uuid4()}/manifest",
        data=(delivery.folder / "manifest.xml").read_bytes(),
        headers=XML,
    )
    told(strange, 422, "delivery-other-giver")


def _as(delivery: Delivery, program: Program) -> Delivery:
    return Delivery(delivery.two, delivery.id, delivery.folder, program)


def test_a_manifest_is_judged_as_that_of_a_disk_is(delivery: Delivery) -> None:
    whole = (delivery.folder / "manifest.xml").read_bytes()
    altered = whole.replace(b'kind="sip"', b'kind="aip"', 1)
    told(delivery.manifest(altered), 422, "transfer-signature")
    entity = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + whole[whole.index(b"<t") :]
    assert delivery.manifest(entity).status_code == 422
    assert delivery.manifest(b"xin chao").status_code == 422
    told(delivery.manifest(b"<a/>"), 422, "transfer-manifest")
    wrong = delivery.program.ask("PUT", f"{delivery.at}/manifest", data=whole)
    assert wrong.status_code == 415
    assert spool(delivery.two.receiver) == []
    dropped = PartnerGiven(PartnerFacts(drop_certificates=[_seal(delivery.two.giver)]))
    other = PartnerGiven(PartnerFacts(), certificates=[("a", _der(delivery.two.receiver))])
    giver = delivery.two.giver.settings.archive.code
    for change in (dropped, other):
        partners_acts.change(delivery.two.receiver, giver, change, actor=OPERATOR)
    told(delivery.manifest(), 422, "transfer-signature")


def _seal(services: Services) -> str:
    return services.signer().certificate.sha256


def _der(services: Services) -> bytes:
    return services.signer().certificate.der


def test_a_giver_delivers_for_its_own_agencies_only(delivery: Delivery) -> None:
    receiver, giver = delivery.two.receiver, delivery.two.giver.settings.archive.code
    own, other = [SAMPLE_AGENCY.new_code], [OTHER_AGENCY]
    none = PartnerGiven(PartnerFacts(gives=False, receives=True), drop_agencies=own)
    partners_acts.change(receiver, giver, none, actor=OPERATOR)
    for agencies in ([], other):
        given = PartnerGiven(PartnerFacts(gives=True), agencies=agencies)
        partners_acts.change(receiver, giver, given, actor=OPERATOR)
        told(delivery.manifest(), 403, "transfer-agency-not-its-own")
    partners_acts.change(
        receiver, giver, PartnerGiven(PartnerFacts(), agencies=own), actor=OPERATOR
    )
    assert delivery.manifest().status_code == 200


def test_a_piece_needs_its_headers(delivery: Delivery) -> None:
    delivery.manifest()
    at = f"{delivery.at}/packages/1"
    assert delivery.program.ask("PATCH", at, data=b"x").status_code == 415
    told(delivery.program.ask("PATCH", at, data=b"x", headers=PIECE), 422, "upload-header")


def test_a_quota_of_the_day_is_told_with_when_to_come_again(delivery: Delivery) -> None:
    giver = delivery.two.giver.settings.archive.code
    quota = PartnerGiven(PartnerFacts(quota_bytes=100))
    partners_acts.change(delivery.two.receiver, giver, quota, actor=OPERATOR)
    delivery.manifest()
    first = delivery.wanted()[0]
    data = delivery.bytes_of(first)
    assert delivery.piece(first["ordinal"], 0, data[:100]).status_code == 200
    refused = delivery.piece(first["ordinal"], 100, data[100:])
    told(refused, 429, "delivery-quota")
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
    more = PartnerGiven(PartnerFacts(quota_bytes=0))
    partners_acts.change(delivery.two.receiver, giver, more, actor=OPERATOR)
    assert delivery.piece(first["ordinal"], 100, data[100:]).status_code == 200


def test_a_disk_without_room_is_told_with_when_to_come_again(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery.manifest()
    monkeypatch.setenv("ARCHIVE_TRANSFER__KEEP_FREE_BYTES", str(1 << 60))
    with open_home(delivery.two.receiver.settings.home) as full:
        program = Program(create_app(full).test_client(), delivery.program.token)
        refused = _as(delivery, program).piece(1, 0, b"x")
    told(refused, 507, "delivery-room")
    assert int(refused.headers["Retry-After"]) == 600


def test_a_retired_giver_delivers_no_more(delivery: Delivery) -> None:
    giver = delivery.two.giver.settings.archive.code
    delivery.manifest()
    partners_acts.retire(delivery.two.receiver, giver, actor=OPERATOR)
    told(delivery.piece(1, 0, b"x"), 401, "token-refused")
