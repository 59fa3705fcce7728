"""The archive's own certificate is written out for another archive to know it by."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from tests.worlds.archive import HISTORICAL_CODE, open_home
from tests.worlds.command import Command


def test_what_signs_here_is_told_to_a_partner(home: Path, tmp_path: Path) -> None:
    archive, file = Command(home), tmp_path / "seal.crt"
    told = archive.ask("key", "certificate", "--to", file)
    written = x509.load_pem_x509_certificate(file.read_bytes())
    with open_home(home) as services:
        own = services.signer().certificate
    assert written.fingerprint(SHA256()).hex() == told["sha256"] == own.sha256
    assert (told["path"], told["subject"]) == (str(file), own.subject.name)
    assert b"PRIVATE" not in file.read_bytes()
    line = ("partner", "add", HISTORICAL_CODE, "--name", "Lưu trữ kia", "--receives")
    partner = archive.ask(*line, "--certificate", file)
    assert partner["certificates"][0]["sha256"] == own.sha256
    assert own.sha256 in archive.run("key", "certificate", "--to", file).stderr
    refused = archive.run("key", "certificate", "--to", tmp_path / "none" / "x", "--json")
    assert (refused.code, refused.error["code"]) == (2, "file-system")
    stranger = archive.run("key", "certificate", "--to", file, "--json", account="binh")
    assert (stranger.code, stranger.error["code"]) == (4, "act-not-allowed")
