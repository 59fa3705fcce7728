"""Several givers, one receiver: what each brought, what waits, and how programs send."""

import datetime as dt
from pathlib import Path
from typing import Any

from archive_service import clock
from archive_service.app import create_app
from archive_service.domain.transfer.transfer import Transfer
from retention.transfer.given import Decision
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.receiving.decide import decide
from retention.transfer.reply.send_reply import reply
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.transfer.networked import networked, send
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def giver(two: TwoArchives, code: str) -> dict[str, Any]:
    found = partners_acts.list_givers(two.receiver, actor=person(two.receiver, "lan"))
    return next(document.as_json() for document in found if document.code == code)


def test_each_giver_is_told_with_what_it_brought_and_what_waits(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    own = two.giver.settings.archive.code
    with networked(two, quota_bytes=10**9):
        seal = [("seal.crt", two.giver.signer().certificate.der)]
        quiet = PartnerGiven(PartnerFacts(name="Lưu trữ chưa giao", gives=True), certificates=seal)
        partners_acts.add(two.receiver, "A.1", quiet, actor=OPERATOR)
        send(two, row)
        told = giver(two, own)
        assert (told["transfers"], told["open"], told["late"], told["waiting"]) == (1, 1, 0, 2)
        assert told["items"] == {"arrived": 2}
        assert told["decide_by"] > clock.today().isoformat()
        sizes = [path.stat().st_size for path in (tmp_path / "out" / "packages").iterdir()]
        assert told["bytes_today"] == sum(sizes)
        with two.receiver.writing() as session:
            session.get_one(Transfer, row).decide_by = clock.today() - dt.timedelta(days=1)
        assert giver(two, own)["late"] == 1
        lan = person(two.receiver, "lan")
        decide(two.receiver, row, Decision(), actor=lan)
        do_all(two.receiver)
        told = giver(two, own)
        assert (told["open"], told["waiting"], told["items"]) == (0, 0, {"stored": 2})
        assert told["size_bytes"] == sum(sizes)
        none = giver(two, "A.1")
        assert (none["transfers"], none["last_at"], none["items"]) == (0, None, {})
        listed = Command(two.receiver.settings.home).ask("partner", "givers")["givers"]
        assert [entry["code"] for entry in listed] == sorted([own, "A.1"])
        words = {"COLUMNS": "240"}
        shown = Command(two.receiver.settings.home, settings=words).run("partner", "givers")
        assert "Lưu trữ chưa giao" in shown.stdout
        lan_asks = program_of(create_app(two.receiver), two.receiver, "lan")
        assert lan_asks.get("/partners/givers").get_json() == {"givers": listed}


def test_other_programs_send_and_ask(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    app = create_app(two.giver)
    lan, bach = (program_of(app, two.giver, name) for name in ("lan", "bach"))
    at = f"/transfers/{row}"
    assert lan.get(f"{at}/sending").get_json()["code"] == "transfer-no-sending"
    assert lan.post(f"{at}/exchange").get_json()["code"] == "transfer-not-by-network"
    with networked(two):
        to = {"to": HISTORICAL_CODE, "now": True}
        assert bach.ask("PUT", f"{at}/sending", json=to).status_code == 403
        begun = lan.ask("PUT", f"{at}/sending", json=to).get_json()
        assert (begun["at_once"], begun["finished_at"]) == (True, None)
        do_all(two.giver)
        do_all(two.receiver)
        assert lan.get(f"{at}/sending").get_json()["packages_sent"] == 2
        decide(two.receiver, row, Decision(), actor=person(two.receiver, "lan"))
        do_all(two.receiver)
        reply(two.receiver, row, actor=person(two.receiver, "lan"))
        told = lan.post(f"{at}/exchange").get_json()
        assert (told["state"], told["reply_sequence"]) == ("replied", 1)
