"""What ``TimestampService`` promises: by the demo authority and over HTTP, and against liars."""

import http.server
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import algos, keys, tsp, x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import (
    DemoStampError,
    SignerKind,
    Subject,
    TimestampUnavailableError,
    TimestampUrlError,
)
from archive_service.signing.timestamp import (
    DemoTimestamps,
    HttpTimestamps,
    TimestampService,
    open_timestamps,
    stamp_certificate,
)
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust
from tests.services.servers import TimestampAuthority

PATIENCE_S = 0.4
Answer = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> DemoAuthority:
    return DemoAuthority.open_or_make(tmp_path_factory.mktemp("authority"))


@pytest.fixture(params=["demo", "http"])
def stamped(
    request: pytest.FixtureRequest, authority: DemoAuthority
) -> tuple[TimestampService, Path]:
    """A service, and the folder of the authority whose stamps it gives."""
    if request.param == "demo":
        return DemoTimestamps(authority), authority.folder
    server: TimestampAuthority = request.getfixturevalue("tsa")
    return HttpTimestamps(server.url, trust=Trust.read(server.folder)), server.folder


def test_openssl_says_that_the_token_is_about_this_digest(
    stamped: tuple[TimestampService, Path], tmp_path: Path
) -> None:
    service, folder = stamped
    digest = secrets.token_bytes(32)
    (tmp_path / "token").write_bytes(service.token(digest))
    for asked, holds in ((digest, True), (bytes(32), False)):
        done = subprocess.run(
            [
                *("openssl", "ts", "-verify", "-token_in", "-in", str(tmp_path / "token")),
                *("-digest", asked.hex(), "-CAfile", str(folder / "root.crt")),
                *("-untrusted", str(folder / "issuing.crt")),
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode == 0) is holds, done.stderr


def test_every_token_is_a_new_one_with_its_certificate(
    stamped: tuple[TimestampService, Path],
) -> None:
    service, _ = stamped
    one, other = service.token(bytes(32)), service.token(bytes(32))
    assert one != other
    assert stamp_certificate(one).subject.name.endswith("Thời gian")


class Authority:
    """Stamps as RFC 3161 has them, and one wrong step of the test's choice."""

    def __init__(self, key: bytes, certificate: bytes, issuer: bytes) -> None:
        store = SimpleCertificateStore()
        store.register(x509.Certificate.load(issuer))
        self._stamper = DummyTimeStamper(
            x509.Certificate.load(certificate), keys.PrivateKeyInfo.load(key), store
        )

    def answer(self, query: Any) -> Any:
        """A true answer to this query."""
        return self._stamper.request_tsa_response(query)


def _genuine(authority: DemoAuthority) -> Authority:
    return Authority(*authority.timestamp_identity())


def _another_digest(authority: DemoAuthority) -> Answer:
    def answer(asked: bytes) -> bytes:
        query = tsp.TimeStampReq.load(asked)
        query["message_imprint"] = tsp.MessageImprint(
            {
                "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "hashed_message": bytes(32),
            }
        )
        return bytes(_genuine(authority).answer(query).dump())

    return answer


def _another_nonce(authority: DemoAuthority) -> Answer:
    def answer(asked: bytes) -> bytes:
        query = tsp.TimeStampReq.load(asked)
        query["nonce"] = query["nonce"].native ^ 1
        return bytes(_genuine(authority).answer(query).dump())

    return answer


def _forged_time(authority: DemoAuthority) -> Answer:
    """The signed content is changed; the signature stays as it was."""

    def answer(asked: bytes) -> bytes:
        whole = _genuine(authority).answer(tsp.TimeStampReq.load(asked)).dump()
        year = whole.index(b"20", whole.index(b"\x18\x0f") if b"\x18\x0f" in whole else 0)
        return bytes(whole[:year] + b"19" + whole[year + 2 :])

    return answer


def _stranger(_authority: DemoAuthority, folder: Path) -> Answer:
    other = _genuine(DemoAuthority.open_or_make(folder))
    return lambda asked: bytes(other.answer(tsp.TimeStampReq.load(asked)).dump())


def _signer_of_papers(authority: DemoAuthority, folder: Path) -> Answer:
    """A trusted certificate that is not for time stamps."""
    authority.issue_key(Subject("Ai đó", "Ai đó", SignerKind.PERSON), folder / "k.p12")
    passphrase = (folder / "k.pass").read_bytes().strip()
    key, own, chain = pkcs12.load_key_and_certificates((folder / "k.p12").read_bytes(), passphrase)
    assert key is not None
    assert own is not None
    other = Authority(
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        own.public_bytes(Encoding.DER),
        chain[0].public_bytes(Encoding.DER),
    )
    return lambda asked: bytes(other.answer(tsp.TimeStampReq.load(asked)).dump())


def _refusal(_asked: bytes) -> bytes:
    return bytes(tsp.TimeStampResp({"status": {"status": "rejection"}}).dump())


@pytest.fixture
def liar() -> Iterator[Callable[[Answer | int | None], str]]:
    """``liar(answer)`` is the URL of a server that answers so: bytes, a status, or never."""
    over = threading.Event()
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(answer: Answer | int | None) -> str:
        class Answers(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["Content-Length"]))
                if answer is None:
                    over.wait(20)
                elif isinstance(answer, int):
                    self.send_error(answer)
                else:
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(answer(asked))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
                """Quiet."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    over.set()
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "lie",
    [
        "another digest",
        "another nonce",
        "forged time",
        "stranger",
        "signer of papers",
        "refusal",
        "garbage",
        "nothing",
        "500",
        "hang",
    ],
)
def test_a_service_that_lies_or_fails_gives_no_token(
    lie: str,
    liar: Callable[[Answer | int | None], str],
    authority: DemoAuthority,
    tmp_path: Path,
) -> None:
    lies: dict[str, Callable[[], Answer | int | None]] = {
        "another digest": lambda: _another_digest(authority),
        "another nonce": lambda: _another_nonce(authority),
        "forged time": lambda: _forged_time(authority),
        "stranger": lambda: _stranger(authority, tmp_path / "other"),
        "signer of papers": lambda: _signer_of_papers(authority, tmp_path),
        "refusal": lambda: _refusal,
        "garbage": lambda: lambda _asked: b"not a token",
        "nothing": lambda: lambda _asked: b"",
        "500": lambda: 500,
        "hang": lambda: None,
    }
    service = HttpTimestamps(
        liar(lies[lie]()), trust=Trust.read(authority.folder), timeout_s=PATIENCE_S
    )
    with pytest.raises(TimestampUnavailableError):
        service.token(secrets.token_bytes(32))


def test_a_paper_is_not_signed_while_the_service_lies(
    liar: Callable[[Answer | int | None], str], authority: DemoAuthority, tmp_path: Path
) -> None:
    authority.issue_key(Subject("A", "A", SignerKind.AGENCY), tmp_path / "a.p12")
    stamps = HttpTimestamps(liar(_another_digest(authority)))
    signer = open_pkcs12("pkcs12:a.p12", home=tmp_path, timestamps=stamps)
    paper = tmp_path / "paper.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(paper)
    with pytest.raises(TimestampUnavailableError):
        signer.sign_pdf(paper, tmp_path / "s.pdf", field="Seal")
    assert not (tmp_path / "s.pdf").exists()


def test_a_service_that_is_not_there_is_trouble_of_the_service() -> None:
    with pytest.raises(TimestampUnavailableError):
        HttpTimestamps("http://127.0.0.1:9/tsa").token(bytes(32))


def test_the_url_picks_the_service(authority: DemoAuthority) -> None:
    assert open_timestamps("none:", authority=authority) is None
    assert isinstance(open_timestamps("demo:", authority=authority), DemoTimestamps)
    assert isinstance(open_timestamps("http://tsa/", authority=None), HttpTimestamps)
    with pytest.raises(DemoStampError):
        open_timestamps("demo:", authority=None)
    with pytest.raises(TimestampUrlError):
        open_timestamps("ftp://tsa/", authority=None)
