"""Witnesses by command and by REST; and a witness without an archive in a process of its own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive_service.app import create_app
from archive_service.evidence.vouching import prove_trail
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR
from tests.worlds.clients import program_of
from tests.worlds.command import PROGRAM, Command
from tests.worlds.transfer.transfers import TwoArchives
from tests.worlds.transfer.witnesses import cosigned, more, moved, sealed, sent, troubles, witnessed

NAME = "witness.example"


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """``archive witness serve`` of this home; its address."""
    words = [str(PROGRAM), "--home", str(home), "witness", "serve", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def test_a_witness_without_an_archive_cosigns_and_goes_on_after_a_kill(
    two: TwoArchives, tmp_path: Path
) -> None:
    origin, alone = two.giver, Command(tmp_path / "alone")
    seal = tmp_path / "seal.crt"
    seal.write_bytes(origin.signer().certificate.der)
    key = alone.ask("witness", "key", "--name", NAME)["key"]
    code = origin.settings.archive.code
    pinned = alone.ask("witness", "pin", code, seal)
    assert pinned["certificates"] == [origin.signer().certificate.sha256]
    assert code in alone.run("witness", "pin", code, seal).stderr
    again = alone.run("witness", "key", "--name", NAME, "--json")
    assert (again.code, again.error["code"]) == (4, "witness-key-exists")
    with serving(alone.home) as url:
        facts = PartnerFacts(name="Sở Nội vụ", witnesses=True, url=url, witness_key=key)
        partners_acts.add(origin, NAME, PartnerGiven(facts), actor=OPERATOR)
        sealed(origin)
        sent(origin)
    more(origin)
    newest = sealed(origin)
    with serving(alone.home) as url:
        partners_acts.change(origin, NAME, PartnerGiven(PartnerFacts(url=url)), actor=OPERATOR)
        sent(origin)
    assert cosigned(origin)[-1].checkpoint.mark == newest.mark
    assert troubles(origin) == {}
    (witness,) = (step for step in prove_trail(origin).steps if step.name == "witnessed")
    assert witness.by == (f"witness {NAME}",)
    archive = Command(origin.settings.home)
    for named, until in ((key, newest.size), (key.replace("witness", "w", 1), None)):
        told = archive.run("audit", "verify", "--witness-key", named, "--json")
        if until is None:
            assert told.error["code"] == "witness-key"
        else:
            assert told.document["steps"][-1]["until"] == until
    store = origin.settings.home / origin.copies[0].name
    with_key = archive.ask("audit", "verify", "--store", store, "--witness-key", key)
    assert with_key["steps"][-1]["by"] == [f"witness {NAME}"]
    assert "--witness-key" in archive.run("audit", "verify", "--store", store).stderr


def test_both_sides_are_listed(two: TwoArchives) -> None:
    giver, receiver = two.giver, two.receiver
    with witnessed(receiver, giver):
        made = sealed(giver)
        sent(giver)
    ours, theirs = Command(giver.settings.home), Command(receiver.settings.home)
    (witness,) = ours.ask("witness", "list")["witnesses"]
    assert (witness["code"], witness["size"], witness["trouble"]) == (
        HISTORICAL_CODE,
        made.size,
        None,
    )
    told = theirs.ask("witness", "list")
    (log,) = told["witnessed"]
    assert (log["size"], log["root"]) == made.mark
    assert told["key"].startswith(f"{HISTORICAL_CODE}+")
    shown = theirs.run("witness", "list")
    assert told["key"] in shown.stdout
    assert str(made.size) in shown.stdout
    moved(giver, "http://127.0.0.1:1")
    anew = theirs.ask("witness", "begin-anew", log["code"], "--reason", "Công văn 12")
    assert (anew["size"], theirs.ask("witness", "list")["witnessed"][0]["at"]) == (0, None)
    assert (
        log["code"]
        in theirs.run("witness", "begin-anew", log["code"], "--reason", "Công văn 12").stderr
    )


def test_programs_see_who_witnesses_whom_and_partners_send(two: TwoArchives) -> None:
    giver, receiver = two.giver, two.receiver
    with witnessed(receiver, giver):
        made = sealed(giver)
        sent(giver)
    app = create_app(receiver)
    lan = program_of(app, receiver, "lan")
    told = lan.get("/witness").get_json()
    assert [entry["size"] for entry in told["witnessed"]] == [made.size]
    assert (
        lan.post("/witness/add-checkpoint", data="", content_type="text/plain").status_code == 403
    )
    token = partners_acts.make_token(receiver, giver.settings.archive.code, actor=OPERATOR)
    client, head = app.test_client(), {"Authorization": f"Bearer {token}"}
    at = "/api/v1/witness/add-checkpoint"
    odd = client.post(at, data="old", content_type="text/plain", headers=head)
    assert (odd.status_code, odd.get_json()["code"]) == (400, "witness-asking")
    kind = client.post(at, data="old", content_type="text/html", headers=head)
    assert kind.status_code == 415
    broken = client.post(
        at, data="old", content_type="text/plain", headers=head | {"Log-Certificate": "?"}
    )
    assert broken.get_json()["code"] == "witness-asking"
    long = client.post(at, data=b"o" * 70_000, content_type="text/plain", headers=head)
    assert long.status_code == 413
    kept = client.get("/api/v1/witness/checkpoint", headers=head).get_data(as_text=True)
    assert kept.startswith(made.note)


def test_who_is_to_witness_has_an_address_and_a_key(two: TwoArchives) -> None:
    archive = Command(two.giver.settings.home)
    name = ("--name", "Sở Nội vụ")
    lacking = archive.run("partner", "add", NAME, *name, "--witnesses", "--json")
    assert (lacking.code, lacking.error["code"]) == (2, "partner-witness")
    key = ("--url", "https://witness.example", "--witness-key", "witness.example+1+A")
    odd = archive.run("partner", "add", NAME, *name, "--witnesses", *key, "--json")
    assert (odd.code, odd.error["code"]) == (2, "witness-key")
    unpinned = archive.run("partner", "add", NAME, *name, "--witnessed", "--json")
    assert unpinned.error["code"] == "partner-unpinned"
