"""Every example of the integration guide runs as it stands, and both languages show the same."""

import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive_service import access, messages, shipped
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.services import Services
from ingest.callbacks.acts import SEND_JOB
from ingest.submissions import acts as submissions_acts
from tests.worlds.archive import new_home, person, small_pdf_case
from tests.worlds.clients import do_all
from tests.worlds.command import Command
from tests.worlds.ingest.edxml import Enclosed, PacketOf
from tests.worlds.ingest.sent_packages import sip, zipped
from tests.worlds.papers.bad_input import zip_of
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.site import Site, served

GUIDES = [shipped.DOCS / "guides" / name for name in ("integration.md", "integration.en.md")]
ZIPPED, SENT, PACKAGED = (f"H40.18.2025.{number}.QLCT" for number in ("08", "09", "10"))
WAIT = """until curl -sf -o /dev/null -H "Authorization: Bearer $TOKEN" \\
  "$LUUTRU/api/v1/submissions/$ID/receipt"; do sleep 0.5; done"""


def blocks(file: Path, kind: str) -> list[str]:
    """The examples of one kind, in their order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", file.read_text("utf-8"), re.DOTALL | re.MULTILINE)


class _Receiver(BaseHTTPRequestHandler):
    calls: list[tuple[dict[str, str], str]] = []  # noqa: RUF012 - of the one test

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.calls.append((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver() -> Iterator[str]:
    """The sending system's own address for callbacks."""
    _Receiver.calls.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/told"
    server.shutdown()
    server.server_close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An archive that may call this machine back, with an archivist at the desk."""
    home = new_home(tmp_path / "home")
    write_settings(home, read_settings(home) | {"callbacks": {"hosts": ["127.0.0.1"]}})
    with served(home) as running, _staffed(running.services):
        yield running


@contextmanager
def _staffed(services: Services) -> Iterator[None]:
    """Workers and an archivist who accepts whatever was checked, until the block ends."""
    stopping = threading.Event()
    lan = person(services, "lan")

    def work() -> None:
        while not stopping.wait(0.2):
            do_all(services)
            with services.read_only() as session:
                is_checked = Submission.state == SubmissionState.CHECKED
                checked = list(session.scalars(select(Submission.id).where(is_checked)))
            for identifier in checked:
                submissions_acts.accept(services, identifier, actor=lan)

    hands = threading.Thread(target=work)
    hands.start()
    try:
        yield
    finally:
        stopping.set()
        hands.join()


def token_of(home: Path) -> str:
    """The token that the guide's own command makes, here for this machine's address."""
    (block,) = blocks(GUIDES[0], "sh")
    adding, certificate = (shlex.split(line)[1:] for line in block.splitlines())
    words = {"canbo": "bach", "10.1.0.0/16": "127.0.0.0/8", "luutru.pem": str(home / "luutru.pem")}
    made = Command(home).run(*(words.get(word, word) for word in adding), "--json")
    assert made.code == 0, made
    assert Command(home).run(*(words.get(word, word) for word in certificate)).code == 0
    token: str = made.document["token"]
    return token


def prepared(folder: Path) -> Path:
    """What the examples send, under the names that they give it."""
    curl, python = folder / "curl", folder / "python"
    (curl / "ho-so").mkdir(parents=True)
    zip_of(small_pdf_case(folder / "zip", code=ZIPPED), curl / "ho-so.zip")
    content = next((folder / "zip").glob("*.pdf")).read_bytes()
    (curl / "ho-so" / "van-ban.pdf").write_bytes(content)
    packet = PacketOf(attachments=[Enclosed("cong-van.pdf", content)])
    (curl / "van-ban.edxml").write_bytes(packet.xml())
    small_pdf_case(python / "ho-so", code=SENT)
    zipped(python / "goi-nop.zip", sip(folder, code=PACKAGED))
    return folder


def ran(
    command: list[str], cwd: Path, env: Mapping[str, str], told: str = ""
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        command, cwd=cwd, env=dict(env), input=told, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done


def test_every_example_runs_as_it_stands(site: Site, receiver: str, tmp_path: Path) -> None:
    services, place = site.services, prepared(tmp_path / "sender")
    token = token_of(services.settings.home)
    env = {"PATH": "/usr/bin:/bin", "LUUTRU": site.url, "TOKEN": token}
    env |= {"CALLBACK": receiver, "WORDS": ZIPPED}

    shell = blocks(GUIDES[0], "bash")[1:]  # the first names the address and the token
    at = next(number for number, block in enumerate(shell) if "/receipt" in block)
    script = "\n".join(["set -euo pipefail", *shell[:at], WAIT, *shell[at:]])
    done = ran(["bash", "-c", script], place / "curl", env)
    assert (place / "curl" / "giay-tiep-nhan.pdf").read_bytes().startswith(b"%PDF")
    assert f'"code":"{ZIPPED}"' in done.stdout.replace(" ", "")

    *parts, last = blocks(GUIDES[0], "python")
    ran([sys.executable, "-c", "\n".join([*parts, last])], place / "python", env)
    assert (place / "python" / "giay-tiep-nhan.pdf").read_bytes().startswith(b"%PDF")
    with services.read_only() as session:
        codes = set(session.scalars(select(Submission.code)))
    assert {ZIPPED, SENT, PACKAGED} <= codes

    with services.writing() as session:
        services.jobs.add(session, SEND_JOB)
    do_all(services)
    headers, body = _Receiver.calls[-1]
    verifying = next(part for part in parts if "is_from_archive" in part)
    asked = "\n".join([
        parts[0], verifying, "import sys", "given = json.load(sys.stdin)",
        "pem = given.pop('pem').encode()",
        "print(is_from_archive(given['url'], given['headers'], given['body'].encode(), pem))",
    ])  # fmt: skip
    pem = (services.settings.home / "luutru.pem").read_text(encoding="ascii")
    call = {"url": receiver, "headers": headers, "body": body, "pem": pem}

    def verdict(**changed: Any) -> str:
        told = json.dumps(call | changed)
        return ran([sys.executable, "-c", asked], place, env, told).stdout.strip()

    assert verdict() == "True"
    assert verdict(body=body.replace("stored", "returned").replace("checked", "stored")) == "False"
    assert verdict(url=receiver.replace("/told", "/other")) == "False"
    forged = {**headers, "Signature": "archive=:" + "A" * 342 + "==:"}
    assert verdict(headers=forged) == "False"


def test_both_languages_show_the_same_examples_and_name_what_there_is() -> None:
    vietnamese, english = (file.read_text("utf-8") for file in GUIDES)
    for kind in ("sh", "python"):
        assert blocks(GUIDES[0], kind) == blocks(GUIDES[1], kind)
    assert blocks(GUIDES[0], "bash")[1:] == blocks(GUIDES[1], "bash")[1:]
    for text in (vietnamese, english):
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        scopes = {name for row in rows for name in re.findall(r"`([a-z-]+:[a-z-]+|search)`", row)}
        assert scopes <= set(access.ACTS)
        assert len(scopes) >= 9
        refusals = [row for row in rows if re.match(r"\| \d{3}", row)]
        codes = {name for row in refusals for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", row)}
        known = {key.split(".")[1] for key in messages.load("vi") if key.startswith("errors.")}
        assert codes - {"retry-after"} <= known
        states = {re.match(r"\| `([a-z]+)` \|", row) for row in rows} - {None}
        assert len(states) >= 7
