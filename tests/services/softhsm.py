"""A PKCS#11 token in a folder (SoftHSM), with a key and certificates of the demo authority."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from tests.services.install import ToolMissingError
from tests.services.process import program, run_folder

if TYPE_CHECKING:
    from archive_service.signing.port import Subject

REPOSITORY = Path(__file__).resolve().parents[2]
TOKEN = "archive"
KEY = "seal"
PIN = "246810"
OFFICER_PIN = "13579111"


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """One token. Its library reads ``SOFTHSM2_CONF`` when a process first loads it."""

    library: Path
    config: Path
    folder: Path
    authority: Path  # folder of the demo authority that issued the certificates
    token: str = TOKEN
    key: str = KEY
    pin: str = PIN

    @property
    def env(self) -> dict[str, str]:
        """What a process needs to find the token and to log in to it."""
        return {"SOFTHSM2_CONF": str(self.config), f"ARCHIVE_PIN_{self.token.upper()}": self.pin}

    def url(self, key: str | None = None, **query: str) -> str:
        """A URL of the setting ``signing.keys``."""
        asked = {"token": self.token, "key": key or self.key} | query
        return f"pkcs11://{quote(str(self.library))}?{urlencode(asked)}"

    def add_key(self, label: str, subject: "Subject") -> None:
        """Put a further key with its certificates onto the token."""
        from archive_service.signing.trust.demo_authority import DemoAuthority

        file = self.folder / f"{label}.p12"
        DemoAuthority.open_or_make(self.authority).issue_key(subject, file)
        order = {
            "library": str(self.library),
            "token": self.token,
            "pin": self.pin,
            "label": label,
            "file": str(file),
        }
        _child(["-m", "tests.services.softhsm", json.dumps(order)], self.config)


@contextmanager
def run_softhsm(authority: Path | None = None) -> Iterator[SoftHsm]:
    """A new token with one key of the archive; nothing runs, so nothing has to end."""
    from archive_service.signing.port import SignerKind, Subject

    library = Path(program("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/*/softhsm/libsofthsm2.so"))
    tool = program("softhsm2-util")
    with run_folder("softhsm") as folder:
        (folder / "tokens").mkdir()
        config = folder / "softhsm2.conf"
        config.write_text(
            f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n"
            "log.level = ERROR\n"
        )
        make = [tool, "--init-token", "--free", "--label", TOKEN, "--pin", PIN]
        _run([*make, "--so-pin", OFFICER_PIN], config)
        hsm = SoftHsm(library, config, folder, authority or folder / "authority")
        name = "Trung tâm Lưu trữ lịch sử (mẫu)"
        hsm.add_key(KEY, Subject(name, name, SignerKind.AGENCY, identifier="MST:0100000001"))
        yield hsm


def _child(arguments: list[str], config: Path) -> None:
    """In a process of its own: the library reads its settings once in a process's life."""
    _run([sys.executable, *arguments], config)


def _run(command: list[str], config: Path) -> None:
    env = {**os.environ, "SOFTHSM2_CONF": str(config), "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise ToolMissingError(f"the token could not be made: {done.stdout}{done.stderr}")


def put_key(order: dict[str, str]) -> None:
    """The private key, so that it never leaves the token, and its certificates, onto the token."""
    import pkcs11
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12
    from pkcs11.util.rsa import decode_rsa_private_key
    from pkcs11.util.x509 import decode_x509_certificate

    file = Path(order["file"])
    passphrase = file.with_suffix(".pass").read_bytes().strip()
    packed = pkcs12.load_pkcs12(file.read_bytes(), passphrase)
    if packed.key is None or packed.cert is None:
        raise ValueError(f"no key in {file}")
    der = packed.key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    number = os.urandom(8)
    token = pkcs11.lib(order["library"]).get_token(token_label=order["token"])
    with token.open(rw=True, user_pin=order["pin"]) as session:
        key: dict[Any, Any] = decode_rsa_private_key(der)
        key |= {
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.LABEL: order["label"],
            pkcs11.Attribute.ID: number,
            pkcs11.Attribute.SENSITIVE: True,
            pkcs11.Attribute.EXTRACTABLE: False,
        }
        session.create_object(key)
        chain = [additional_cert.certificate for additional_cert in packed.additional_certs]
        for at, certificate in enumerate((packed.cert.certificate, *chain)):
            facts = decode_x509_certificate(certificate.public_bytes(serialization.Encoding.DER))
            own = at == 0
            facts |= {
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.LABEL: order["label"] if own else f"{order['label']}-issuer-{at}",
                pkcs11.Attribute.ID: number if own else os.urandom(8),
            }
            session.create_object(facts)


if __name__ == "__main__":
    put_key(json.loads(sys.argv[1]))
