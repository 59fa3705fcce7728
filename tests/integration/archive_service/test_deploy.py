"""What an administrator copies is right: units, nginx, and what both books for them say."""

import ast
import datetime as dt
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from archive_service import messages
from archive_service.main import archive
from archive_service.settings import Settings
from tests.guide.setting_fields import fields_in_files
from tests.guide.sources import PACKAGES, ROOT, calls, python_files
from tests.services.process import program

DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service")) + sorted(DEPLOY.glob("*.target"))
BOOK = "".join((ROOT / "docs" / name).read_text("utf-8") for name in ("operations.md", "access.md"))
KINDS = messages.labels("incident")


def in_place(text: str) -> str:
    """With the paths of this working copy, so that what is named is there."""
    return text.replace("/opt/archive", str(ROOT))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_nothing_wrong_with_a_unit(unit: Path, tmp_path: Path) -> None:
    judge = program("systemd-analyze")
    for other in UNITS:
        (tmp_path / other.name).write_text(in_place(other.read_text("utf-8")), "utf-8")
    name = unit.name.replace("@.", "@ocr.")
    if name != unit.name:
        (tmp_path / name).symlink_to(unit.name)
    told = subprocess.run(
        [judge, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


def test_units_are_confined() -> None:
    judge = program("systemd-analyze")
    for unit in UNITS:
        if unit.suffix == ".target":
            continue
        told = subprocess.run(
            [judge, "security", "--offline=true", "--threshold=35", str(unit)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stdout[-300:]


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    nginx = program("nginx", "/usr/sbin/nginx")
    certificate, key = server_certificate()
    (tmp_path / "archive.crt").write_bytes(certificate)
    (tmp_path / "archive.key").write_bytes(key)
    site = in_place((DEPLOY / "nginx.conf").read_text("utf-8"))
    site = site.replace("/etc/nginx/archive.", f"{tmp_path}/archive.")
    site = site.replace("/var/log/nginx/", f"{tmp_path}/")
    (tmp_path / "site.conf").write_text(site, "utf-8")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; include {tmp_path}/site.conf; }}\n"
    )
    told = subprocess.run(
        [nginx, "-t", "-q", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


def server_certificate() -> tuple[bytes, bytes]:
    """One for ``archive.example.vn``, of nobody's trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "archive.example.vn")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def quoted() -> Iterator[str]:
    """Every command line of ours that the book quotes."""
    for line in re.findall(r"^```sh\n(.*?)^```", BOOK, re.MULTILINE | re.DOTALL):
        yield from (one for one in line.splitlines() if one.startswith("archive "))
    yield from re.findall(r"`(archive [^`]+)`", BOOK)


def test_the_book_quotes_commands() -> None:
    assert len(list(quoted())) > 25


@pytest.mark.parametrize("line", sorted(set(quoted())))
def test_every_command_of_the_book_is_one(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = archive
    while words and isinstance(command, click.Group):
        if words[0] in ("--home", "--as"):
            words = words[2:]
            continue
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            break
        command, words = found, words[1:]
    assert command is not archive
    options = {name for option in command.params for name in option.opts}
    assert {word for word in words if word.startswith("--")} <= options
    plain = [word for word in words if not word.startswith("-")]
    takes = any(isinstance(param, click.Argument) for param in command.params)
    valued = any(isinstance(param, click.Option) and not param.is_flag for param in command.params)
    assert not plain or takes or valued, f"{plain} of {command.name}"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_incident_is_in_the_book_and_says_what_to_do(kind: str) -> None:
    assert f"| `{kind}` |" in BOOK
    for lang in messages.LANGUAGES:
        assert messages.has(f"labels.incident.{kind}", lang)
        assert messages.has(f"labels.incident-help.{kind}", lang)


def test_every_incident_that_is_opened_has_words() -> None:
    opened = {
        node.value
        for _, call, name in calls()
        if name == "open_incident"
        for argument in call.args[1:2]
        for node in ast.walk(argument)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert opened <= KINDS.keys()
    rows = set(re.findall(r"^\| `([a-z-]+)` \|", BOOK, re.MULTILINE))
    assert {row for row in rows if "-" in row} <= KINDS.keys()


def test_every_figure_of_the_book_is_told() -> None:
    code = "".join(file.read_text("utf-8") for file in python_files(*PACKAGES))
    named = set(re.findall(r"`(archive_[a-z_]+)", BOOK)) - {"archive_service"}
    assert named
    assert {name for name in named if f'"{name}"' not in code} == set()


def test_every_setting_and_file_of_the_book_is_there() -> None:
    keys = fields_in_files(Settings)
    sections = {key.split(".")[0] for key in keys}
    named = re.findall(r"`([a-z]+\.[a-z_.]+)`", BOOK)
    settings = [name for name in named if name.split(".")[0] in sections]
    others = (".service", ".target", ".md", ".toml.before")
    ours = [name for name in settings if not name.endswith(others)]
    assert len(ours) > 20
    assert {
        n for n in ours if n not in keys and not any(k.startswith(f"{n}.") for k in keys)
    } == set()
    for name in re.findall(r"/opt/archive/((?:deploy|docs)/[\w.@-]+)", BOOK):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`((?:deploy|config|docs)/[\w./@-]+)`", BOOK):
        assert (ROOT / name).exists(), name
    units = set(re.findall(r"archive(?:-web|-drop)?(?:-worker@)?\.(?:service|target)", BOOK))
    assert units == {unit.name for unit in UNITS}
