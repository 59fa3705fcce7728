"""Installs every outside judge and server, and says where each one is or why it is not."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.services import evidence_judge, servers, tools
from tests.services.install import ToolMissingError, apt, ensure, installed
from tests.services.process import program


@dataclass(frozen=True, slots=True)
class System:
    """A judge or server that the Debian packages of the machine bring."""

    name: str
    packages: tuple[str, ...]
    find: Callable[[], str]  # ToolMissingError if it is not there

    def ensure(self) -> str:
        """Where it is, installed first if it may be."""
        try:
            return self.find()
        except ToolMissingError:
            apt(self.packages)
            return self.find()


def _program(name: str, packages: tuple[str, ...], *candidates: str) -> System:
    return System(name, packages, lambda: program(*candidates))


SYSTEM = (
    System("chromium", ("chromium-headless-shell",), tools.chromium_path),
    # Tesseract is the reference of `archive bench digitize`.
    _program("tesseract", ("tesseract-ocr", "tesseract-ocr-vie"), "tesseract"),
    _program(
        "postgresql", ("postgresql",), "/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb"
    ),
    _program("rabbitmq", ("rabbitmq-server",), "/usr/lib/rabbitmq/bin/rabbitmq-server"),
    _program("clamd", ("clamav-daemon",), "clamd", "/usr/sbin/clamd"),
    _program("chronyd", ("chrony",), "chronyd", "/usr/sbin/chronyd"),
    _program("bubblewrap", ("bubblewrap",), "bwrap"),  # the closer of two ways to hold a parser
    _program("softhsm", ("softhsm2",), "softhsm2-util"),
    _program("pdfsig", ("poppler-utils",), "pdfsig"),
    # With these anybody reads what is held (docs/exit.md).
    _program("xmllint", ("libxml2-utils",), "xmllint"),
    _program("xmlsec1", ("xmlsec1",), "xmlsec1"),
    _program("jq", ("jq",), "jq"),
    _program("unzip", ("unzip",), "unzip"),
    _program("openssl", ("openssl",), "openssl"),
    System("age", ("age",), tools.age_path),
    _program("nginx", ("nginx-light",), "nginx", "/usr/sbin/nginx"),
    _program("systemd-analyze", ("systemd",), "systemd-analyze"),
)


def install_all() -> Iterator[tuple[str, str, str]]:
    """Name, place, and why it is missing (then without a place), of each, one after another."""
    for part in (*tools.PARTS, evidence_judge.DSS, *servers.PARTS):
        try:
            yield f"{part.name} {part.version}", str(ensure(part)), ""
        except ToolMissingError as error:
            yield f"{part.name} {part.version}", "", str(error)
    for system in SYSTEM:
        try:
            yield system.name, system.ensure(), ""
        except ToolMissingError as error:
            yield system.name, "", str(error)


def missing_ones(*, say: Callable[[str], None]) -> list[str]:
    """Install all; ``say`` is told each that is there, the others come back with their reason."""
    missing = []
    for name, place, reason in install_all():
        if place:
            say(f"{name}: {place}")
        else:
            missing.append(f"{name}: {reason}")
    return missing


def need_all() -> None:
    """``ToolMissingError`` where one is missing or to be left out; nothing is installed."""
    if os.environ.get("SERVICES") == "none":
        raise ToolMissingError("All servers are left out: SERVICES=none.")
    for part in (*tools.PARTS, evidence_judge.DSS, *servers.PARTS):
        if installed(part) is None:
            raise ToolMissingError(f"{part.name} is missing: run `make judges`.")
    for system in SYSTEM:
        system.find()


def in_ci() -> bool:
    """Where nothing may be missing."""
    return os.environ.get("CI") == "true"
