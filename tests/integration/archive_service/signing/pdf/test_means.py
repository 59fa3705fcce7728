"""Signatures that openssl made, by the means of the field: good, weak or broken, never unjudged."""

import datetime as dt
import subprocess
from pathlib import Path

import pytest

from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from tests.worlds.odd_signatures import lay_over
from tests.worlds.simulated_signing import Hierarchy, blank, day, sign

RULES = """
[req]
distinguished_name = name
[name]
[person]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
"""
CURVE, PSS = "ec_paramgen_curve:", ["-keyopt", "rsa_padding_mode:pss"]
KEYS = {
    "rsa": ["-newkey", "rsa:2048"],
    "rsa-pss": ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-sha3": ["-newkey", "rsa:2048"],
    "rsa-1024": ["-newkey", "rsa:1024"],
    **{
        curve: ["-newkey", "ec", "-pkeyopt", f"{CURVE}{curve}"]
        for curve in ("P-384", "P-521", "brainpoolP256r1", "secp256k1", "prime192v1")
    },
}


class Openssl:
    """An authority and people with keys of each kind, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "rules").write_text(RULES)
        own = ["-x509", "-days", "99", "-extensions", "authority"]
        self._request("authority", ["-newkey", "rsa:2048", *own])

    def run(self, *given: object) -> None:
        subprocess.run(["openssl", *map(str, given)], check=True, capture_output=True, timeout=60)

    def _request(self, name: str, more: list[str]) -> None:
        at, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        named = ["-subj", f"/CN=Nguyen Van {name}", "-config", self.folder / "rules"]
        self.run("req", *more, "-nodes", "-keyout", key, "-out", at, *named)

    def person(self, kind: str) -> None:
        """A key of this kind and its certificate, once."""
        at = self.folder / f"{kind}.pem"
        if not at.exists():
            self._request(kind, KEYS[kind])
            by = ["-CA", self.folder / "authority.pem", "-CAkey", self.folder / "authority.key"]
            rules = ["-extfile", self.folder / "rules", "-extensions", "person"]
            digest = "-sha3-256" if kind == "rsa-sha3" else "-sha256"
            self.run("x509", "-req", "-in", at, *by, "-CAcreateserial", "-days", 90, *rules,
                     digest, "-out", at)  # fmt: skip

    def sign(self, kind: str, covered: bytes, *more: str) -> bytes:
        """A CMS without the bytes that it covers."""
        self.person(kind)
        content, made = self.folder / "covered", self.folder / "made"
        content.write_bytes(covered)
        whose = ["-signer", self.folder / f"{kind}.pem", "-inkey", self.folder / f"{kind}.key"]
        self.run("cms", "-sign", "-in", content, "-binary", "-outform", "DER", "-out", made,
                 *whose, *more)  # fmt: skip
        return made.read_bytes()

    @property
    def trust(self) -> Trust:
        """The authority alone is trusted."""
        root = self.folder / "authority.der"
        self.run("x509", "-in", self.folder / "authority.pem", "-outform", "DER", "-out", root)
        return Trust(roots=(root.read_bytes(),), revocations=())


@pytest.fixture(scope="module")
def openssl(tmp_path_factory: pytest.TempPathFactory) -> Openssl:
    return Openssl(tmp_path_factory.mktemp("openssl"))


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder, who = tmp_path_factory.mktemp("signed"), Hierarchy().person()
    paper = sign(blank(folder / "paper.pdf"), folder / "signed.pdf", who, at=day(2021, 3))
    return paper.read_bytes()


def the_report(paper: Path, trust: Trust) -> SignatureReport:
    (report,) = inspect_signatures(paper, trust, dt.datetime.now(dt.UTC))
    return report


@pytest.mark.parametrize(
    ("kind", "more", "weak"),
    [
        ("rsa", ["-md", "sha512"], ""),
        ("rsa", ["-md", "sha3-256"], ""),
        ("rsa", ["-md", "sha256", *PSS], ""),
        ("rsa", ["-md", "sha256", *PSS, "-keyopt", "rsa_pss_saltlen:20"], ""),
        ("rsa-pss", ["-md", "sha256", *PSS], ""),
        ("rsa", ["-md", "sha256", "-keyid"], ""),
        ("rsa", ["-md", "sha256", "-cades"], ""),
        ("P-384", ["-md", "sha384"], ""),
        ("P-521", ["-md", "sha512"], ""),
        ("brainpoolP256r1", ["-md", "sha256"], ""),
        ("secp256k1", ["-md", "sha256"], ""),
        ("rsa", ["-md", "sha1"], "sha1"),
        ("rsa", ["-md", "md5"], "md5"),
        ("rsa-1024", ["-md", "sha256"], "rsa1024"),
        ("prime192v1", ["-md", "sha256"], "ec192"),
    ],
)
def test_every_usual_means_is_judged(
    openssl: Openssl, signed: bytes, tmp_path: Path, kind: str, more: list[str], weak: str
) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(signed)
    lay_over(paper, lambda covered: openssl.sign(kind, covered, *more))
    report = the_report(paper, openssl.trust)
    good = Outcome.WEAK if weak else Outcome.VALID_UNCHECKED  # nobody gave out a list
    assert (report.outcome, report.weak, report.errors) == (good, weak, ())
    paper.write_bytes(signed)
    lay_over(paper, lambda covered: openssl.sign(kind, covered + b" ", *more))
    assert the_report(paper, openssl.trust).outcome is Outcome.BROKEN


RSA = bytes.fromhex("06092a864886f70d010101")  # rsaEncryption


@pytest.mark.parametrize(
    ("digest", "number"), [("sha3-224", 13), ("sha3-256", 14), ("sha3-384", 15), ("sha3-512", 16)]
)
def test_rsa_with_sha_3_is_judged_under_its_own_name(
    openssl: Openssl, signed: bytes, tmp_path: Path, digest: str, number: int
) -> None:
    """Of NIST (2.16.840.1.101.3.4.3): the digest is named with the key, and not beside it."""
    means = bytes.fromhex("0609608648016503040300")[:-1] + bytes([number])

    def named(covered: bytes) -> bytes:
        made = openssl.sign("rsa", covered, "-md", digest)
        at = made.rindex(RSA)
        return made[:at] + means + made[at + len(RSA) :]

    paper = tmp_path / "paper.pdf"
    paper.write_bytes(signed)
    report = the_report(lay_over(paper, named), openssl.trust)
    assert (report.outcome, report.errors) == (Outcome.VALID_UNCHECKED, ())
    paper.write_bytes(signed)
    report = the_report(lay_over(paper, lambda covered: _spoilt(named(covered))), openssl.trust)
    assert report.outcome is Outcome.INVALID


def _spoilt(made: bytes) -> bytes:
    return made[:-1] + bytes([made[-1] ^ 1])


def test_a_certificate_that_was_issued_by_rsa_with_sha_3_is_judged(
    openssl: Openssl, signed: bytes, tmp_path: Path
) -> None:
    openssl.person("rsa-sha3")
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(signed)
    lay_over(paper, lambda covered: openssl.sign("rsa-sha3", covered, "-md", "sha256"))
    report = the_report(paper, openssl.trust)
    assert (report.outcome, report.errors) == (Outcome.VALID_UNCHECKED, ())
