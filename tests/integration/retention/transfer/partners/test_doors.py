"""Partners by commands and by other programs; their tokens stay out of rows and answers."""

import ssl
from pathlib import Path
from typing import Any

from flask import Flask

from archive_service.accounts.sessions import actor_of_token
from archive_service.domain.people.account import Role
from archive_service.services import Services
from retention.transfer.partners import acts as partners_acts
from tests.worlds.archive import HISTORICAL_CODE, OTHER_AGENCY, open_home
from tests.worlds.clients import add_person, program_of
from tests.worlds.command import Command

NAME = ("--name", "Lưu trữ lịch sử tỉnh Sơn Lam")


def test_a_partner_is_added_changed_and_retired_by_commands(home: Path, tmp_path: Path) -> None:
    archive = Command(home)
    with open_home(home) as services:
        own = services.signer().certificate
    (tmp_path / "seal.crt").write_bytes(own.der)
    (tmp_path / "given.token").write_text("Ma-truy_cap\n", encoding="ascii")
    keys = ("--certificate", tmp_path / "seal.crt", "--tls-certificate", tmp_path / "seal.crt")
    given = ("--token-file", tmp_path / "given.token", "--url", "https://luutru.example/")
    more = ("--receives", "--gives", "--quota-per-day", "4.7G", "--agency", OTHER_AGENCY)
    added = archive.ask("partner", "add", HISTORICAL_CODE, *NAME, *keys, *given, *more)
    token = added.pop("token")
    assert (added["url"], added["quota_bytes"]) == ("https://luutru.example", 4_700_000_000)
    assert (
        [certificate["sha256"] for certificate in added["certificates"]]
        == [own.sha256]
        == [added["tls_sha256"]]
    )
    assert own.sha256 in archive.run("partner", "show", HISTORICAL_CODE).stderr
    kept = home / "keys" / "partners" / f"{HISTORICAL_CODE}.token"
    assert (kept.read_text("ascii"), kept.stat().st_mode & 0o777) == ("Ma-truy_cap\n", 0o600)
    with open_home(home) as services:
        assert partners_acts.token_for(services, HISTORICAL_CODE) == "Ma-truy_cap"
    file = tmp_path / "new.token"
    archive.ask("partner", "token", HISTORICAL_CODE, "--token-to", file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text("ascii").strip() not in ("", token)
    dropped = ("--drop-agency", OTHER_AGENCY, "--drop-certificate", own.sha256.upper())
    refused = archive.run("partner", "change", HISTORICAL_CODE, *dropped, "--json")
    assert (refused.code, refused.error["code"]) == (4, "partner-last-agency")
    assert archive.ask("partner", "change", HISTORICAL_CODE, "--witnessed")["witnessed"]
    changed = archive.ask("partner", "change", HISTORICAL_CODE, *dropped, "--gives-not")
    assert (changed["agencies"], changed["certificates"]) == ([], [])
    assert changed["name"] == NAME[1]
    assert archive.ask("partner", "show", HISTORICAL_CODE) == changed
    assert archive.ask("partner", "list")["partners"] == [changed]
    assert NAME[1] in Command(home, settings={"COLUMNS": "240"}).run("partner", "list").stdout
    retired = archive.ask("partner", "retire", HISTORICAL_CODE)
    assert (retired["active"], archive.ask("partner", "retire", HISTORICAL_CODE)) == (
        False,
        retired,
    )


def test_a_token_is_written_for_its_owner_alone_or_the_former_stays(
    home: Path, tmp_path: Path
) -> None:
    archive = Command(home)
    refused = archive.run("partner", "add", HISTORICAL_CODE, *NAME, "--gives", "--json")
    assert (refused.code, refused.error["code"]) == (4, "partner-unpinned")
    with open_home(home) as services:
        (tmp_path / "seal.crt").write_bytes(services.signer().certificate.der)
    seal = ("--certificate", tmp_path / "seal.crt")
    archive.ask("partner", "add", HISTORICAL_CODE, *NAME, "--gives", *seal)
    file = tmp_path / "giver.token"
    file.write_text("", encoding="ascii")
    file.chmod(0o644)
    archive.ask("partner", "token", HISTORICAL_CODE, "--token-to", file)
    assert file.stat().st_mode & 0o777 == 0o600
    token = file.read_text("ascii").strip()
    nowhere = ("--token-to", tmp_path / "none" / "giver.token")
    refused = archive.run("partner", "token", HISTORICAL_CODE, *nowhere)
    assert (refused.code, str(nowhere[1]) in refused.stderr) == (2, True)
    with open_home(home) as services, services.read_only() as session:
        assert actor_of_token(session, token, idle_days=1) is not None


def test_what_is_no_token_or_no_size_is_told(home: Path, tmp_path: Path) -> None:
    archive = Command(home)
    (tmp_path / "none.token").write_text("hai dong\nmot ma\n", encoding="ascii")
    with open_home(home) as services:
        (tmp_path / "seal.crt").write_bytes(services.signer().certificate.der)
    keys = ("--certificate", tmp_path / "seal.crt")
    wrong = ("--receives", *keys, "--token-file", tmp_path / "none.token")
    refused = archive.run("partner", "add", HISTORICAL_CODE, *NAME, *wrong, "--json")
    assert (refused.code, refused.error["code"]) == (2, "partner-token")
    assert archive.ask("partner", "list")["partners"] == []
    odd = archive.run("partner", "add", "X1", *NAME, "--quota-per-day", "nhieu", "--json")
    assert (odd.code, odd.error["code"]) == (2, "command-usage")
    idle = archive.run("partner", "add", "X1", *NAME, "--json")
    assert (idle.code, idle.error["code"]) == (2, "partner-sides")
    nobody = archive.run("partner", "add", "X1", *NAME, "--json", account="lan")
    assert (nobody.code, nobody.error["code"]) == (4, "act-not-allowed")


def test_other_programs_keep_partners_and_see_no_token(app: Flask, services: Services) -> None:
    add_person(services, "quan", Role.ADMIN)
    admin, lan = program_of(app, services, "quan"), program_of(app, services, "lan")
    given: dict[str, Any] = {"code": "H40.97", "name": "Lưu trữ Sở Y tế", "gives": True}
    given["agencies"] = [OTHER_AGENCY]
    given["certificates"] = [ssl.DER_cert_to_PEM_cert(services.signer().certificate.der)]
    key = {"Idempotency-Key": "once"}
    assert lan.post("/partners", json=given).status_code == 403
    made = admin.post("/partners", json=given, headers=key)
    assert made.status_code == 201
    assert admin.post("/partners", json=given, headers=key).get_json() == made.get_json()
    assert not any("token" in field for field in made.get_json())
    idle = admin.ask("PATCH", "/partners/H40.97", json={"gives": False})
    assert (idle.status_code, idle.get_json()["code"]) == (422, "partner-sides")
    pem = services.signer().certificate.der
    bad = admin.ask("PATCH", "/partners/H40.97", json={"certificates": [pem.hex()]})
    assert (bad.status_code, bad.get_json()["code"]) == (422, "certificate-file")
    changed = admin.ask("PATCH", "/partners/H40.97", json={"quota_bytes": 7}).get_json()
    assert changed == made.get_json() | {"quota_bytes": 7}
    assert lan.get("/partners/H40.97").get_json() == changed
    retired = admin.post("/partners/H40.97/retirement").get_json()
    assert not retired["active"]
    assert lan.get("/partners").get_json() == {"partners": [retired]}
    assert lan.get("/partners/H40.96").get_json()["code"] == "partner-unknown"
