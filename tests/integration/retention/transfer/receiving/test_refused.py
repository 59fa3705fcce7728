"""What the historical archive does not take of a transfer: nothing of it, or not this case file."""

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.domain.intake.submission import Submission
from archive_service.errors import ArchiveError
from archive_service.signing.xml.events import XmlForbiddenError
from ingest.submissions.acts import accept, submit
from retention.transfer.disks.local_media import TransferEncryptedError, TransferNoManifestError
from retention.transfer.documents import ReceivedDocument, TransferDocument
from retention.transfer.given import Decision
from retention.transfer.messages.signed_document import TransferSignatureError
from retention.transfer.messages.tables import TransferManifestError
from retention.transfer.partners.changing import add_partner, retire_partner
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.receiving.addressee import (
    TransferAgencyNotItsOwnError,
    TransferAgencyUnknownError,
    TransferNotHistoricalError,
    TransferOtherReceiverError,
)
from retention.transfer.receiving.decide import decide
from retention.transfer.receiving.manifest_rows import (
    TransferManifestOtherError,
    TransferToOneselfError,
)
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts
from tests.integration.retention.transfer.manifests import (
    Change,
    in_head,
    of_package,
    package_of,
    packed_anew,
    setting,
    signed_anew,
    together,
    without,
)
from tests.integration.retention.transfer.receiving.nothing_left import nothing_is_here
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, OTHER_AGENCY, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.door import many_cases
from tests.worlds.papers.bad_input import small_case, zip_of
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def received(two: TwoArchives, disk: Path) -> ReceivedDocument:
    return receive(two.receiver, disk, actor=person(two.receiver, "lan"))


def decided(two: TwoArchives, told: ReceivedDocument, **given: str) -> TransferDocument:
    """Checked, decided, carried out."""
    lan, row = person(two.receiver, "lan"), told.id
    do_all(two.receiver)
    decide(two.receiver, row, Decision(returned=given), actor=lan)
    do_all(two.receiver)
    return register_acts.show(two.receiver, row, actor=lan)


def by_code(told: TransferDocument, field: str) -> dict[str, Any]:
    return {transfer_item.code: getattr(transfer_item, field) for transfer_item in told.items}


def test_a_flipped_bit_keeps_one_package_out_and_it_comes_back_in_a_later_delivery(
    two: TwoArchives, disk: Path
) -> None:
    place = package_of(disk, OPEN_CODE)
    whole = place.read_bytes()
    place.write_bytes(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:])
    told = received(two, disk)
    assert [(trouble.code, trouble.refusal["code"]) for trouble in told.troubles] == [
        (OPEN_CODE, "package-damaged")
    ]
    assert by_code(told, "state") == {OPEN_CODE: "awaited", RESTRICTED_CODE: "arrived"}
    done = decided(two, told)
    assert by_code(done, "state") == {OPEN_CODE: "returned", RESTRICTED_CODE: "stored"}
    assert "SHA-256" in by_code(done, "reason")[OPEN_CODE]
    place.write_bytes(whole)
    assert by_code(received(two, disk), "state") == by_code(done, "state")  # the same delivery
    signed_anew(disk, two.giver.signer(), setting(sequence="2"))
    again = received(two, disk)
    assert (again.state, by_code(again, "state")) == (
        "received", {OPEN_CODE: "arrived", RESTRICTED_CODE: "stored"},
    )  # fmt: skip
    assert by_code(decided(two, again), "state") == dict.fromkeys(BOTH, "stored")


def test_a_missing_package_is_told_and_comes_when_it_is_there(
    two: TwoArchives, disk: Path, tmp_path: Path
) -> None:
    place = package_of(disk, OPEN_CODE)
    shutil.move(place, tmp_path / "kept.zip")
    (place.parent / "thu.zip").write_bytes(b"PK")
    (disk / "ghi chú.txt").write_text("x", "utf-8")
    told = received(two, disk)
    assert told.troubles[0].refusal["code"] == "package-missing"
    assert sorted(told.unknown) == ["ghi chú.txt", "thu.zip"]
    place.symlink_to(tmp_path / "kept.zip")
    assert received(two, disk).troubles[0].refusal["code"] == "package-unreadable"
    place.unlink()
    shutil.move(tmp_path / "kept.zip", place)
    told = received(two, disk)
    assert (told.arrived, told.troubles) == (1, [])
    assert by_code(told, "refusal") == dict.fromkeys(BOTH)


def test_a_disk_whose_packages_are_all_gone_is_told_of_each(two: TwoArchives, disk: Path) -> None:
    for code in BOTH:
        package_of(disk, code).unlink()
    told = received(two, disk)
    missing = {trouble.code: trouble.refusal["code"] for trouble in told.troubles}
    assert (missing, told.arrived) == (dict.fromkeys(BOTH, "package-missing"), 0)


def test_half_of_the_media_now_and_the_rest_after_a_decision(
    two: TwoArchives, disk: Path, tmp_path: Path
) -> None:
    split = together(setting(media="2"), of_package(RESTRICTED_CODE, medium="2"))
    signed_anew(disk, two.giver.signer(), split)
    media = tmp_path / "media"
    for name, other in (("dia-01", RESTRICTED_CODE), ("dia-02", OPEN_CODE)):
        shutil.copytree(disk, media / name)
        package_of(media / name, other).unlink()
    told = received(two, media / "dia-01")
    assert (told.arrived, told.troubles, told.media) == (1, [], 2)
    done = decided(two, told)
    assert (done.state, by_code(done, "state")) == (
        "decided", {OPEN_CODE: "stored", RESTRICTED_CODE: "awaited"},
    )  # fmt: skip
    told = received(two, media)
    assert (told.state, told.arrived) == ("received", 1)
    assert by_code(decided(two, told), "state") == dict.fromkeys(BOTH, "stored")
    signed_anew(media / "dia-02", two.giver.signer(), setting(sequence="2"))
    with pytest.raises(TransferManifestOtherError):
        received(two, media)


def test_a_newer_delivery_names_all_that_stands_and_an_older_one_changes_nothing(
    two: TwoArchives, disk: Path, tmp_path: Path
) -> None:
    shutil.copytree(disk, tmp_path / "older")
    first = received(two, disk)
    newer = together(setting(sequence="2"), without(OPEN_CODE))
    signed_anew(disk, two.giver.signer(), newer)
    told = received(two, disk)
    assert by_code(told, "state") == {OPEN_CODE: "recalled", RESTRICTED_CODE: "arrived"}
    assert (told.arrived, told.unknown) == (0, [])
    with two.receiver.read_only() as session:
        states = session.scalars(select(Submission.state).order_by(Submission.state)).all()
    assert [state.value for state in states] == ["received", "withdrawn"]
    older = received(two, tmp_path / "older")
    assert (older.is_newest, older.arrived, older.items) == (False, 0, told.items)
    done = decided(two, first)
    newest = together(setting(sequence="3"), of_package(RESTRICTED_CODE, sha256="0" * 64))
    signed_anew(disk, two.giver.signer(), newest)
    late = received(two, disk)
    assert by_code(late, "state") == by_code(done, "state")
    assert by_code(late, "refusal")[RESTRICTED_CODE]["code"] == "stored-otherwise"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (in_head("receiver", archive="H40.55"), TransferOtherReceiverError),
        (in_head("giver", archive=HISTORICAL_CODE), TransferToOneselfError),
        (in_head("giver", agency="H40.77"), TransferAgencyUnknownError),
        (setting(created="2026-13-01T00:00:00Z"), TransferManifestError),
        (setting(media="none"), TransferManifestError),
        (setting(id="1"), TransferManifestError),
        (of_package(OPEN_CODE, file="packages/../../etc/passwd"), TransferManifestError),
        (of_package(OPEN_CODE, file="/packages/a.zip"), TransferManifestError),
        (of_package(OPEN_CODE, sha256="A" * 64), TransferManifestError),
        (of_package(OPEN_CODE, size="-1"), TransferManifestError),
        (of_package(OPEN_CODE, kind="dip"), TransferManifestError),
        (of_package(OPEN_CODE, code=RESTRICTED_CODE), TransferManifestError),
        (of_package(OPEN_CODE, medium="2"), TransferManifestError),
        (of_package(OPEN_CODE, title=""), TransferManifestError),
    ],
)
def test_a_manifest_that_is_not_for_us_or_says_nonsense_is_refused_whole(
    two: TwoArchives, disk: Path, change: Change, error: type[ArchiveError]
) -> None:
    signed_anew(disk, two.giver.signer(), change)
    with pytest.raises(error):
        received(two, disk)
    assert nothing_is_here(two.receiver)


def test_who_signed_it_has_to_be_the_archive_that_gives(two: TwoArchives, disk: Path) -> None:
    place = disk / "manifest.xml"
    whole = place.read_bytes()

    def why() -> str:
        with pytest.raises(TransferSignatureError) as refused:
            received(two, disk)
        assert nothing_is_here(two.receiver)
        return str(refused.value.facts["why"])

    place.write_bytes(whole.replace(OPEN_CODE.encode(), b"H40.18.2025.99.QLCT", 1))
    assert why() == "altered"
    before, _, after = whole.partition(b"<ds:Signature ")
    place.write_bytes(before + after.partition(b"</ds:Signature>")[2])
    assert why() == "none"
    place.write_bytes(whole)
    root = two.receiver.settings.home / "trust" / "giver.crt"
    trusted = root.read_bytes()
    root.unlink()
    assert why() == "untrusted"
    pinned = PartnerFacts(
        name="Lưu trữ tỉnh Sơn Lam", gives=True, certificates=[two.giver.signer().certificate]
    )
    with two.receiver.unit_of_work() as uow:
        code = two.giver.settings.archive.code
        add_partner(code, pinned, own_code=HISTORICAL_CODE, actor=OPERATOR, uow=uow)
        uow.commit()
    root.write_bytes(trusted)
    signed_anew(disk, two.giver.signer("H40.18"))  # trusted, and another's
    assert why() == "not-pinned"
    root.unlink()
    place.write_bytes(whole)
    assert received(two, disk).arrived == 2  # the pin is enough


def test_clocks_may_be_a_day_apart(two: TwoArchives, disk: Path) -> None:
    signer = two.giver.signer()
    ahead = clock.now() + dt.timedelta(days=3)
    signed_anew(disk, signer, setting(created=clock.iso(ahead)))
    with pytest.raises(TransferSignatureError) as refused:
        received(two, disk)
    assert refused.value.facts["why"] == "ahead"
    signed_anew(disk, signer, setting(created=clock.iso(clock.now() + dt.timedelta(days=1))))
    assert received(two, disk).arrived == 2


def test_another_manifest_of_the_same_delivery_is_refused(two: TwoArchives, disk: Path) -> None:
    told = received(two, disk)
    signed_anew(disk, two.giver.signer(), of_package(OPEN_CODE, title="Khác"))
    with pytest.raises(TransferManifestOtherError):
        received(two, disk)
    lan = person(two.receiver, "lan")
    now = register_acts.show(two.receiver, told.id, actor=lan)
    assert now.items == told.items


def test_an_archive_hands_over_for_its_own_agencies_alone(two: TwoArchives, disk: Path) -> None:
    with two.receiver.unit_of_work() as uow:
        other = get_agency(uow.session, OTHER_AGENCY).id
        own = [two.giver.signer().certificate]
        facts = PartnerFacts(
            name="Lưu trữ tỉnh Sơn Lam", gives=True, agencies=[other], certificates=own
        )
        code = two.giver.settings.archive.code
        add_partner(code, facts, own_code=HISTORICAL_CODE, actor=OPERATOR, uow=uow)
        uow.commit()
    with pytest.raises(TransferAgencyNotItsOwnError):
        received(two, disk)


def test_an_archive_that_is_retired_hands_nothing_over(two: TwoArchives, disk: Path) -> None:
    code = two.giver.settings.archive.code
    with two.receiver.unit_of_work() as uow:
        own = [two.giver.signer().certificate]
        facts = PartnerFacts(name="Lưu trữ tỉnh Sơn Lam", gives=True, certificates=own)
        add_partner(code, facts, own_code=HISTORICAL_CODE, actor=OPERATOR, uow=uow)
        retire_partner(code, actor=OPERATOR, uow=uow)
        uow.commit()
    with pytest.raises(TransferAgencyNotItsOwnError):
        received(two, disk)


def test_only_a_historical_archive_receives_and_only_what_is_a_transfer(
    two: TwoArchives, disk: Path, tmp_path: Path
) -> None:
    with pytest.raises(TransferNotHistoricalError):
        receive(two.giver, disk, actor=person(two.giver, "lan"))
    for place in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(TransferNoManifestError):
            received(two, place if place != tmp_path else disk / "packages")
    sealed = tmp_path / "sealed"
    (sealed / "dia-01").mkdir(parents=True)
    (sealed / "dia-01" / "manifest.xml.age").write_bytes(b"age-encryption.org/v1")
    with pytest.raises(TransferEncryptedError):
        received(two, sealed)
    manifest = disk / "manifest.xml"
    manifest.write_bytes(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + b"<a>&b;</a>")
    with pytest.raises(XmlForbiddenError):
        received(two, disk)
    assert nothing_is_here(two.receiver)


@pytest.mark.parametrize(
    ("field", "told"), [("title", "Tên khác"), ("documents", "7"), ("code", "H40.18.2025.70.QLCT")]
)
def test_register_and_package_that_differ_send_it_back(
    two: TwoArchives, disk: Path, field: str, told: str
) -> None:
    signed_anew(disk, two.giver.signer(), of_package(OPEN_CODE, **{field: told}))
    done = decided(two, received(two, disk))
    code = told if field == "code" else OPEN_CODE
    assert by_code(done, "state") == {code: "returned", RESTRICTED_CODE: "stored"}
    assert by_code(done, "refusal")[code]["code"] == "package-differs"
    assert told in by_code(done, "reason")[code]


def test_a_code_that_another_case_file_bears_is_an_error_of_the_door(
    two: TwoArchives, disk: Path, tmp_path: Path
) -> None:
    services = two.receiver
    small_case(tmp_path / "other", code=OPEN_CODE)
    (other,) = submit(tmp_path / "other", actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, other, actor=person(services, "lan"))
    done = decided(two, received(two, disk))
    assert by_code(done, "state") == {OPEN_CODE: "returned", RESTRICTED_CODE: "stored"}
    assert by_code(done, "refusal")[OPEN_CODE] is None
    assert by_code(done, "reason")[OPEN_CODE]


def _with_entity(name: str, data: bytes) -> dict[str, bytes]:
    if name.endswith("/METS.xml") and name.count("/") == 1:
        data = (
            b'<!DOCTYPE mets [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + data.partition(b"?>")[2]
        )
    return {name: data}


def _climbing(name: str, data: bytes) -> dict[str, bytes]:
    return {name: data, "../../etc/cron.d/x": b"x"}


@pytest.mark.parametrize("change", [_with_entity, _climbing])
def test_a_package_that_reaches_outside_is_not_opened(
    two: TwoArchives, disk: Path, change: Callable[[str, bytes], Mapping[str, bytes]]
) -> None:
    described = packed_anew(package_of(disk, OPEN_CODE), change)
    signed_anew(disk, two.giver.signer(), of_package(OPEN_CODE, **described))
    done = decided(two, received(two, disk))
    assert by_code(done, "state") == {OPEN_CODE: "returned", RESTRICTED_CODE: "stored"}
    assert by_code(done, "reason")[OPEN_CODE]
    assert not Path("/etc/cron.d/x").exists()


def test_the_same_packages_in_another_transfer_are_taken_once(two: TwoArchives, disk: Path) -> None:
    first = received(two, disk)
    signed_anew(disk, two.giver.signer(), setting(id=str(uuid4())))
    told = received(two, disk)
    assert by_code(told, "state") == dict.fromkeys(BOTH, "awaited")
    assert {trouble.refusal["code"] for trouble in told.troubles} == {"package-twice"}
    assert first.number in by_code(told, "reason")[OPEN_CODE]


def test_a_package_of_two_case_files_is_none(two: TwoArchives, disk: Path, tmp_path: Path) -> None:
    place = package_of(disk, OPEN_CODE)
    (tmp_path / "many").mkdir()
    zip_of(many_cases(tmp_path / "many", (31, 32)), place)
    digest = hashlib.sha256(place.read_bytes()).hexdigest()
    described = {"sha256": digest, "size": str(place.stat().st_size)}
    signed_anew(disk, two.giver.signer(), of_package(OPEN_CODE, **described))
    told = received(two, disk)
    assert [trouble.refusal["code"] for trouble in told.troubles] == ["package-several"]
    with two.receiver.read_only() as session:
        states = session.scalars(select(Submission.state).order_by(Submission.state)).all()
    assert [state.value for state in states] == ["received", "withdrawn", "withdrawn"]
