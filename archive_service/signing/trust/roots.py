"""Whom we trust: the roots in ``config/trust``, and the demo authority's where there is one."""

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from archive_service.errors import InputError
from archive_service.signing.port import KeyCertificate

_CERTIFICATES = {".crt", ".cer", ".pem", ".der"}
_ANSWERS = {".crl", ".ocsp"}
LIST = "trust_list.toml"
DEMO_FOLDER = "authority"  # where the demo authority keeps its root


class AnchorRole(StrEnum):
    """Whose signatures a root stands for."""

    STATE = "cong-vu"  # chữ ký số chuyên dùng công vụ, Ban Cơ yếu Chính phủ
    NATIONAL = "quoc-gia"  # the national root: citizens, enterprises
    DEMO = "demo"
    UNLISTED = ""  # a root that no trust list names


class TrustFileError(InputError):
    """A file among the trusted roots that is no certificate or revocation list."""

    code = "trust-file-invalid"


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a trust list says of a root: whom it stands for, and from when to when (local days)."""

    der: bytes
    role: AnchorRole = AnchorRole.UNLISTED
    name: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    source: str = ""
    certainty: str = ""

    def holds_at(self, moment: dt.datetime) -> bool:
        """Whether the list lets it count on the day of ``moment``."""
        day = moment.date()
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Trust:
    """Trusted roots, certificates that help to build a path, and revocation lists; all DER.

    ``anchors`` say more of the roots that a trust list names; ``responses`` are OCSP responses.
    """

    roots: tuple[bytes, ...] = ()
    others: tuple[bytes, ...] = ()
    revocations: tuple[bytes, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    responses: tuple[bytes, ...] = ()

    @classmethod
    def none(cls) -> "Trust":
        """Nobody: signatures can be intact and valid, but not trusted."""
        return cls()

    @classmethod
    def read(cls, *folders: Path) -> "Trust":
        """Every certificate and revocation list in ``folders``; those missing are left out.

        A certificate that signed itself is a root, any other only helps to build a path. A list
        ``trust_list.toml`` beside them says whom a root stands for, and for which period.

        Raises:
            TrustFileError: a ``.crt .cer .pem .der .crl .ocsp`` file that cannot be read as such,
                or a list that is malformed or whose fingerprint is another than the file's.
        """
        roots: dict[str, bytes] = {}
        others: list[bytes] = []
        revocations: list[bytes] = []
        responses: list[bytes] = []
        for file in _files(folders):
            if file.suffix.lower() == ".crl":
                revocations.append(_revocation_list(file))
            elif file.suffix.lower() == ".ocsp":
                responses.append(_response(file))
            else:
                der, own = certificate_in(file)
                if own:
                    roots[file.as_posix()] = der
                else:
                    others.append(der)
        anchors = [anchor for folder in folders for anchor in _listed(folder, roots)]
        return cls(
            tuple(roots.values()),
            tuple(others),
            tuple(revocations),
            tuple(anchors),
            tuple(responses),
        )

    def without(self, other: "Trust") -> "Trust":
        """The same, but for the certificates of ``other``."""
        gone = {*other.roots, *other.others}
        return replace(
            self,
            roots=tuple(der for der in self.roots if der not in gone),
            others=tuple(der for der in self.others if der not in gone),
            anchors=tuple(anchor for anchor in self.anchors if anchor.der not in gone),
        )

    def without_answers(self) -> "Trust":
        """The same without what only tells of revocations: whom it trusts."""
        return replace(self, revocations=(), responses=())

    def anchor_of(self, der: bytes, moment: dt.datetime | None = None) -> Anchor:
        """What the lists say of a root, best a row that holds at ``moment``."""
        rows = [anchor for anchor in self.anchors if anchor.der == der]
        holding = [anchor for anchor in rows if moment is not None and anchor.holds_at(moment)]
        return next(iter(holding or rows), Anchor(der))

    def has_role(self, role: AnchorRole) -> bool:
        """Whether a root of this role is there."""
        return any(anchor.role is role for anchor in self.anchors)

    def sha256(self) -> str:
        """Digest over everything that decides whom we trust; kept with each verdict."""
        digest = hashlib.sha256()
        for part in (self.roots, self.others, self.revocations, self.responses):
            for der in sorted(part):
                digest.update(hashlib.sha256(der).digest())
            digest.update(b"|")
        for anchor in sorted(self.anchors, key=repr):
            digest.update(repr(anchor).encode())
        return digest.hexdigest()


def _files(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_dir():
            known = _CERTIFICATES | _ANSWERS
            yield from (file for file in sorted(folder.iterdir()) if file.suffix.lower() in known)


def certificate_in(file: Path) -> tuple[bytes, bool]:
    """Its DER, and whether it signed itself; ``TrustFileError`` for what is no certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    content = file.read_bytes()
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            certificate = x509.load_pem_x509_certificate(content)
        else:
            certificate = x509.load_der_x509_certificate(content)
    except ValueError as wrong:
        raise TrustFileError(file=file.as_posix(), reason=str(wrong)) from wrong
    own = certificate.issuer == certificate.subject
    return certificate.public_bytes(Encoding.DER), own


def _revocation_list(file: Path) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    content = file.read_bytes()
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            crl = x509.load_pem_x509_crl(content)
        else:
            crl = x509.load_der_x509_crl(content)
    except ValueError as wrong:
        raise TrustFileError(file=file.as_posix(), reason=str(wrong)) from wrong
    return crl.public_bytes(Encoding.DER)


def _response(file: Path) -> bytes:
    from cryptography.x509 import ocsp

    content = file.read_bytes()
    try:
        ocsp.load_der_ocsp_response(content)
    except ValueError as wrong:
        raise TrustFileError(file=file.as_posix(), reason=str(wrong)) from wrong
    return content


def _listed(folder: Path, roots: dict[str, bytes]) -> Iterator[Anchor]:
    """The rows of the folder's list whose file is there; the demo authority needs no list."""
    if folder.name == DEMO_FOLDER:
        for name, der in roots.items():
            if Path(name).parent == folder:
                yield Anchor(der, AnchorRole.DEMO)
    file = folder / LIST
    if not file.is_file():
        return
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8")).get("anchor", [])
        for row in rows:
            if (key := (folder / row["file"]).as_posix()) not in roots:  # not put in yet
                continue
            der = roots[key]
            wanted = str(row.get("sha256", "")).replace(":", "").lower()
            if wanted and hashlib.sha256(der).hexdigest() != wanted:
                reason = f"{row['file']}: another fingerprint than the list says"
                raise TrustFileError(file=file.as_posix(), reason=reason)
            yield Anchor(
                der,
                AnchorRole(row["role"]),
                row["name"],
                row.get("valid_from"),
                row.get("valid_to"),
                row.get("source", ""),
                row.get("certainty", ""),
            )
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise TrustFileError(file=file.as_posix(), reason=str(wrong)) from wrong


def roots_above(trust: Trust, certificate: KeyCertificate) -> list[KeyCertificate]:
    """The trusted roots that a path from ``certificate`` leads to, by the names of issuers."""
    from asn1crypto import x509

    from archive_service.signing.trust.subject import certificate_of

    between = [x509.Certificate.load(der) for der in (*certificate.chain, *trust.others)]
    roots = [x509.Certificate.load(der) for der in trust.roots]
    wanted = [x509.Certificate.load(certificate.der).issuer]
    found: list[KeyCertificate] = []
    seen = 0
    while seen < len(wanted):
        name = wanted[seen]
        seen += 1
        found += [certificate_of(root) for root in roots if root.subject == name]
        above = (one.issuer for one in between if one.subject == name)
        wanted += [issuer for issuer in above if issuer not in wanted]
    return found
