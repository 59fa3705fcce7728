"""An archive that is not fit for production: command, page and one incident name what it lacks."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from archive_service.accounts.acts import get_account
from archive_service.accounts.enrolment import enrol
from archive_service.app import create_app
from archive_service.notices.documents import IncidentListed
from archive_service.notices.incidents import open_incidents
from archive_service.services import Services
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.status.production import WATCH_JOB, parsers_held
from archive_service.worker import run_one
from tests.worlds.archive import new_home, of_earlier_release, open_home
from tests.worlds.browsers import browser_of
from tests.worlds.command import Answer, Command
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.simulated_signing import Hierarchy

EVERY = ("copies", "backup", "malware", "key", "timestamp", "state-root", "proxies", "shell")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """One copy and nothing else; nobody came by a proxy."""
    home = of_earlier_release(new_home(tmp_path / "home"))
    change(home, "storage", copies=["file:kho1"])
    return home


def change(home: Path, section: str, **values: object) -> None:
    settings = read_settings(home)
    write_settings(home, settings | {section: settings.get(section, {}) | values})


def asked(home: Path) -> Answer:
    return Command(home).run("status", "--production", "--json")


def lacking(answer: Answer) -> list[str]:
    return [need["check"] for need in answer.document["needs"] if need["state"] == "lacking"]


def incidents(services: Services) -> list[dict[str, Any]]:
    with services.writing() as session:
        services.jobs.add(session, WATCH_JOB)
    assert run_one(services, names=(WATCH_JOB,)) == "done"
    with services.read_only() as session:
        rows = open_incidents(session)
        return [
            IncidentListed.of(row).as_json() for row in rows if row.kind == "not-for-production"
        ]


def test_command_page_and_incident_name_each_with_its_remedy(home: Path) -> None:
    answer = asked(home)
    assert (answer.code, answer.document["ready"]) == (1, False)
    assert lacking(answer) == [one for one in EVERY if one != "proxies"]
    assert all(need["remedy"] for need in answer.document["needs"] if need["state"] == "lacking")
    words = Command(home).run("status", "--production").stdout
    assert "malware.url" in words
    with open_home(home) as services:
        (incident,) = incidents(services)
        assert incident["facts"]["checks"] == lacking(answer)
        app = create_app(services)
        with services.read_only() as session:
            admin = get_account(session, "quantri").as_actor()
        enrol(services, "quantri", actor=admin)
        page = browser_of(app, services, "quantri").get("/system").get_data(as_text=True)
        for said in ("backup.targets", "malware.url", "signing.keys", "timestamp.url"):
            assert page.count(said) >= 2, f"{said}: by the incident and by the list of needs"
        client = app.test_client()
        client.get("/sign-in")
        assert "proxies" not in lacking(asked(home))
        client.get("/sign-in", headers={"X-Forwarded-For": "10.0.0.7"})
    assert "proxies" in lacking(asked(home)), "a proxy was seen that no setting tells of"
    change(home, "web", proxies=1)
    assert "proxies" not in lacking(asked(home))


def test_it_is_told_what_holds_the_parsers(home: Path) -> None:
    (told,) = (need for need in asked(home).document["needs"] if need["check"] == "sandbox")
    held = parsers_held()
    assert told["state"] == ("met" if held.is_whole else "lacking")
    assert told["detail"] == ", ".join(held.by)
    if held.is_whole:
        assert held.by[0] in Command(home).run("status", "--production").stdout
    change_waived(home, sandbox="máy chủ không có mạng")
    (told,) = (need for need in asked(home).document["needs"] if need["check"] == "sandbox")
    assert told["state"] == ("met" if held.is_whole else "waived")


def test_it_is_green_once_all_is_answered_or_waived_with_a_reason(
    home: Path, tmp_path: Path
) -> None:
    authority = DemoAuthority.open_or_make(tmp_path / "authority")
    (home / "trust").mkdir()
    for file in authority.folder.glob("*.c*"):
        shutil.copy(file, home / "trust")
    row = 'file = "root.crt"\nrole = "cong-vu"\nname = "Gốc"\n'
    (home / "trust" / "trust_list.toml").write_text(f"[[anchor]]\n{row}", encoding="utf-8")
    for file in (home / "keys").glob("archive.*"):
        file.unlink()
    subject = Subject("Lưu trữ", "Lưu trữ", SignerKind.AGENCY, "MST:9900000018")
    authority.issue_key(subject, home / "keys" / "archive.p12")
    change(home, "storage", copies=["file:kho1", "file:kho2"])
    (tmp_path / "medium").mkdir()
    (tmp_path / "other").mkdir()
    for lost_together in (["medium"], ["medium", "other"]):
        change(home, "backup", targets=[str(tmp_path / name) for name in lost_together])
        assert "backup" in lacking(asked(home)), lost_together
    change(home, "backup", targets=[str(tmp_path / "medium"), "/mnt/medium2"])
    change(home, "timestamp", url="http://tsa.example/", second_url="demo:")
    assert "timestamp" in lacking(asked(home)), "the second service is a toy"
    change(home, "timestamp", second_url="none:")
    change(home, "accounts", shell="login")  # noqa: S604 - a setting, no process
    assert lacking(asked(home)) == ["malware", "key", "trial-root"], "both are a trial's"
    for reason in ("", " "):
        change_waived(home, malware=reason)
        assert asked(home).code == 2
    change_waived(home, nothing="vì thế")
    assert asked(home).code == 2
    waits = "chờ cấp chứng thư"
    keys = {"key": waits, "trial-root": waits}
    change_waived(home, malware="máy chủ tách mạng, quét ở cửa vào", **keys)
    answer = asked(home)
    assert (answer.code, answer.document["ready"]) == (0, True)
    told = {need["check"]: (need["state"], need["reason"]) for need in answer.document["needs"]}
    assert told["malware"] == ("waived", "máy chủ tách mạng, quét ở cửa vào")
    with open_home(home) as services:
        assert incidents(services) == []


def test_a_key_that_no_trusted_root_vouches_for_is_none(home: Path, tmp_path: Path) -> None:
    """Anybody makes a certificate that bears the name of a ministry."""
    authority = Hierarchy(name="Bộ Nội vụ")
    seal = authority.agency("BỘ NỘI VỤ")
    (home / "keys").mkdir(exist_ok=True)
    (home / "keys" / "archive.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"key", seal.key, seal.certificate, seal.above, BestAvailableEncryption(b"phrase")
        )
    )
    (home / "keys" / "archive.pass").write_text("phrase\n", encoding="utf-8")
    assert "key" in lacking(asked(home))
    (home / "trust").mkdir()
    namesake = Hierarchy(name="Bộ Nội vụ")
    (home / "trust" / "root.der").write_bytes(namesake.root.der)
    assert "key" in lacking(asked(home)), "a root of the same name has signed nothing of it"
    (home / "trust" / "root.der").write_bytes(authority.root.der)
    assert "key" not in lacking(asked(home))


def change_waived(home: Path, **waived: str) -> None:
    """An inline table, which JSON does not write."""
    settings = {
        name: setting for name, setting in read_settings(home).items() if name != "production"
    }
    write_settings(home, settings)
    rows = ", ".join(f"{name} = {json.dumps(why)}" for name, why in waived.items())
    with (home / "archive.toml").open("a", encoding="utf-8") as out:
        out.write(f"[production]\nwaived = {{{rows}}}\n")


def test_a_demo_is_never_fit_and_raises_no_incident(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    assert "trial" in lacking(asked(home))
    with open_home(home) as services:
        assert incidents(services) == []
