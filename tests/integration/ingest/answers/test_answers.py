"""Answers without a person: refused by rule, told late, systems called back with a signature."""

import base64
import datetime as dt
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.domain.intake.answer import Answer
from archive_service.domain.intake.callback import Callback
from archive_service.domain.intake.finding import Finding, FindingRow, Severity
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.incident import Incident
from archive_service.services import Services
from archive_service.signing.http_message import signature_base
from ingest.answers.late import late_answers
from ingest.answers.packet_answers import write_due
from ingest.answers.rules import first_answer_by
from ingest.callbacks import acts as callbacks_acts
from ingest.callbacks.acts import CallbackAddressError
from ingest.callbacks.given import CallbackIn
from ingest.submissions import acts as submissions_acts
from ingest.submissions import automatic_answers as answers
from ingest.submissions import queries
from ingest.submissions.documents import SubmissionDocument
from tests.worlds.archive import new_home, person, small_pdf_case
from tests.worlds.browsers import counted
from tests.worlds.clients import do_all, program_of
from tests.worlds.ingest.edxml import Enclosed, PacketOf
from tests.worlds.servers.backends import read_settings, write_settings

CODE = "H40.18.2025.08.QLCT"


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.calls.append((self.path, dict(self.headers.items()), body))
        status = server.answers.pop(0) if server.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Receiver(ThreadingHTTPServer):
    """The system that handed something in."""

    calls: list[tuple[str, dict[str, str], bytes]]
    answers: list[int]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/told"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver(("127.0.0.1", 0), _Receiver)
    server.calls, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, receiver: Receiver) -> Path:
    home = new_home(tmp_path / "home")
    hosts = [f"127.0.0.1:{receiver.server_port}"]
    write_settings(home, read_settings(home) | {"callbacks": {"hosts": hosts, "timeout_s": 5}})
    return home


@pytest.fixture
def submission(services: Services, tmp_path: Path) -> UUID:
    small_pdf_case(tmp_path / "case", code=CODE)
    (found,) = submissions_acts.submit(
        tmp_path / "case", actor=person(services, "bach"), services=services
    )
    return found


def came_by(services: Services, submission_id: UUID, channel: str, code: str) -> None:
    """As if it had come by ``channel`` with one more finding."""
    with services.writing() as session:
        row = session.get_one(Submission, submission_id)
        row.channel = channel
        finding = Finding("signatures", code, Severity.WARNING, "01.pdf", {"signer": "An"})
        session.add(FindingRow.of(finding, submission_id=submission_id, ordinal=99))


def told(services: Services, submission_id: UUID) -> SubmissionDocument:
    (found,) = queries.submissions(services, [submission_id], actor=person(services, "lan"))
    return found


def test_a_rule_returns_without_a_person_and_says_what_where_and_why(
    services: Services, submission: UUID
) -> None:
    do_all(services)
    came_by(services, submission, "rest", "signature-broken")
    assert answers.refuse_by_rule(services) == [submission]
    found = told(services, submission)
    assert (found.state, found.decided_by) == ("returned", "worker")
    assert "01.pdf" in str(found.decision_reason)
    assert "NĐ 30/2020" in str(found.decision_reason)
    assert answers.refuse_by_rule(services) == []


def test_a_check_that_finds_no_ground_asks_for_none(services: Services, submission: UUID) -> None:
    with counted(services) as statements:
        do_all(services)
    assert told(services, submission).state == "checked"
    assert not [statement for statement in statements if "JOIN finding" in statement]


def test_what_came_over_the_counter_waits_for_a_person(
    services: Services, submission: UUID
) -> None:
    do_all(services)
    came_by(services, submission, "folder", "signature-broken")
    assert answers.refuse_by_rule(services) == []
    assert told(services, submission).state == "checked"


def test_a_check_that_is_late_is_an_incident_until_it_is_done(
    services: Services, submission: UUID
) -> None:
    long_ago = clock.now() - dt.timedelta(days=20)
    with services.writing() as session:
        session.execute(update(Submission).values(received_at=long_ago))
        services.jobs.add(session, answers.WATCH_JOB)
    lease = services.jobs.claim(names=[answers.WATCH_JOB])
    assert lease is not None
    answers.watch(lease, services)
    assert _open_late(services) == [f"submission {submission}"]
    do_all(services)  # the check is done
    with services.writing() as session:
        services.jobs.add(session, answers.WATCH_JOB)
    do_all(services)
    assert _open_late(services) == []


def _watched(services: Services, *, days: int = 20) -> list[str]:
    """What is late as seen so many days from now."""
    later = clock.now() + dt.timedelta(days=days)
    home = services.settings.home
    with services.read_only() as session:
        late = late_answers(session, lambda at: first_answer_by(at, home=home), later)
    return sorted(f"{one.way} {one.subject}" for one in late.values())


def _packet(services: Services, folder: Path, **told: str) -> UUID:
    file = folder / "vb.edxml"
    enclosed = [Enclosed("van-ban.pdf", b"%PDF-1.7")]
    file.write_bytes(PacketOf(attachments=enclosed, document_id="VB-TRE", **told).xml())
    (found,) = submissions_acts.submit(file, actor=person(services, "bach"), services=services)
    return found


def test_a_packet_that_no_signed_status_answers_is_late_until_one_does(
    services: Services, tmp_path: Path
) -> None:
    sent = _packet(services, tmp_path)
    assert _watched(services) == [f"edxml submission {sent}"]
    assert _watched(services, days=0) == [], "the working day is not over"
    write_due(services)
    assert _watched(services) == []
    with services.writing() as session:
        session.execute(update(Answer).values(document=""))  # as if the key were away
    assert _watched(services) == [f"edxml submission {sent}"]
    write_due(services)
    assert _watched(services) == []


def test_a_recall_by_packet_is_answered_in_time_as_well(services: Services, tmp_path: Path) -> None:
    sent = _packet(services, tmp_path)
    write_due(services)
    assert _packet(services, tmp_path, errand="1") == sent
    assert _watched(services) == [f"edxml submission {sent}"]
    write_due(services)
    assert _watched(services) == []


def test_a_system_that_was_not_reached_is_late_until_it_is(
    services: Services, submission: UUID, receiver: Receiver
) -> None:
    do_all(services)
    receiver.answers = [503]
    callbacks_acts.ask(
        services, submission, CallbackIn(url=receiver.url), actor=person(services, "bach")
    )
    _call(services)
    assert _watched(services) == [f"callback submission {submission}"]
    with services.writing() as session:
        session.execute(update(Callback).values(next_at=clock.now()))
    _call(services)
    assert _watched(services) == []


def test_what_is_late_in_two_ways_is_one_alarm(
    services: Services, submission: UUID, receiver: Receiver
) -> None:
    long_ago = clock.now() - dt.timedelta(days=20)
    receiver.answers = [503]
    callbacks_acts.ask(
        services, submission, CallbackIn(url=receiver.url), actor=person(services, "bach")
    )
    with services.writing() as session:
        session.execute(update(Submission).values(received_at=long_ago))
        session.execute(update(Callback).values(asked_at=long_ago))
    for _ in range(2):
        with services.writing() as session:
            services.jobs.add(session, answers.WATCH_JOB)
        lease = services.jobs.claim(names=[answers.WATCH_JOB])
        assert lease is not None
        answers.watch(lease, services)
        assert _open_late(services) == [f"submission {submission}"]


def _open_late(services: Services) -> list[str]:
    with services.read_only() as session:
        query = select(Incident.subject).where(
            Incident.kind == answers.ANSWER_LATE, Incident.closed_at.is_(None)
        )
        return list(session.scalars(query))


def test_a_system_is_told_of_each_state_with_a_signature_it_can_check(
    services: Services, submission: UUID, receiver: Receiver
) -> None:
    bach = person(services, "bach")
    callbacks_acts.ask(services, submission, CallbackIn(url=receiver.url), actor=bach)
    do_all(services)
    _call(services)
    states = [json.loads(body)["submission"]["state"] for _, _, body in receiver.calls]
    assert states[-1] == "checked"
    path, headers, body = receiver.calls[-1]
    assert (path, headers["Idempotency-Key"]) == ("/told", f"{submission}:checked")
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert headers["Content-Digest"] == f"sha-256=:{digest}:"
    parameters = headers["Signature-Input"].removeprefix("archive=")
    base = signature_base(
        "POST", receiver.url, headers["Content-Digest"], headers["Content-Type"], parameters
    )
    certificate = x509.load_der_x509_certificate(services.signer().certificate.der)
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    signature = base64.b64decode(headers["Signature"].removeprefix("archive=:").removesuffix(":"))
    key.verify(signature, base, PKCS1v15(), hashes.SHA256())
    count = len(receiver.calls)
    _call(services)  # nothing is new
    assert len(receiver.calls) == count


def _call(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, callbacks_acts.SEND_JOB)
    do_all(services)


def test_a_refused_call_is_made_again_and_a_redirection_is_not_followed(
    services: Services, submission: UUID, receiver: Receiver
) -> None:
    do_all(services)
    receiver.answers = [503, 302]
    callbacks_acts.ask(
        services, submission, CallbackIn(url=receiver.url), actor=person(services, "bach")
    )
    do_all(services)
    for expected in ("HTTP 503", "HTTP 302"):
        found = callbacks_acts.find(services, submission, actor=person(services, "bach"))
        assert found is not None
        assert (found.trouble, found.told_state) == (expected, None)
        with services.writing() as session:
            session.execute(update(Callback).values(next_at=clock.now()))
        _call(services)
    found = callbacks_acts.find(services, submission, actor=person(services, "bach"))
    assert found is not None
    assert (found.told_state, found.attempts, found.trouble) == ("checked", 0, None)
    assert [path for path, _, _ in receiver.calls] == ["/told"] * 3


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/told",
        "http://169.254.169.254/latest",
        "ftp://127.0.0.1/told",
        "https://127.0.0.1:1/told",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
def test_only_hosts_that_the_administrator_named_are_called(
    services: Services, submission: UUID, url: str
) -> None:
    with pytest.raises(CallbackAddressError):
        callbacks_acts.ask(
            services, submission, CallbackIn(url=url), actor=person(services, "bach")
        )


def test_programs_ask_by_put_and_strangers_know_nothing(
    services: Services, submission: UUID, receiver: Receiver
) -> None:
    from archive_service.app import create_app

    app: Flask = create_app(services)
    officer = program_of(app, services, "bach")
    place = f"/submissions/{submission}/callback"
    assert officer.get(place).get_json()["code"] == "callback-not-asked"
    answer = officer.ask("PUT", place, json={"url": receiver.url})
    assert (answer.status_code, answer.get_json()["url"]) == (200, receiver.url)
    refused = officer.ask("PUT", place, json={"url": "https://example.org/"})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "callback-address")
    assert program_of(app, services, "stranger").get(place).status_code == 404
