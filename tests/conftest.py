"""What every test lives under: no foreign network, and no judge missing in silence."""

import functools
import gc
import os
import shutil
import sys
from collections.abc import Generator
from types import ModuleType

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from pyhanko.sign.signers import SimpleSigner

from archive_service.accounts import passwords
from tests.compiled_once import compile_once
from tests.services import in_memory
from tests.services import tools as judges
from tests.services.install import ToolMissingError

pytest_plugins = ["tests.services.fixtures"]
_FAILED = pytest.StashKey[bool]()
LOOPBACK = ("localhost", "::1", "::")
# Audit event → where in its arguments the address stands.
_REACHING = {"socket.getaddrinfo": 0, "socket.connect": 1, "socket.sendto": 1}

gc.disable()  # until all tests are imported: more than a quarter of what that takes
compile_once()
# A hash is made to cost a fifth of a second; what it costs in earnest, `test_passwords.py` holds.
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# A key is checked when it is read, 30 ms of each home that opens; the same bytes once a process.
_read = functools.lru_cache(SimpleSigner.load_pkcs12_data)
SimpleSigner.load_pkcs12_data = _read  # type: ignore[method-assign,assignment]  # the same, kept
# No test judges by time, and a busy machine is no fault of what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


TEST_NETWORKS = "198.18."  # of machines that a test makes here: RFC 2544, nobody is reached by it


class ForeignNetworkError(Exception):
    """A test reached for an address that is not on this machine."""


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    return name in LOOPBACK or name.startswith(("127.", "0.", TEST_NETWORKS))


def _only_loopback(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse look-ups and connections that leave the machine. Local sockets have no host."""
    place = _REACHING.get(event)  # first, and no more: it is asked at every file and every import
    if place is None:
        return
    address = arguments[place]
    if place == 1 and not isinstance(address, tuple):
        return
    host = address[0] if isinstance(address, tuple) else address
    if not _is_here(host):
        raise ForeignNetworkError(f"{event} {host}")


sys.addaudithook(_only_loopback)


# Of this run, where it is in memory; workers of the run inherit it by its name.
_FOLDER = None if "TMPDIR" in os.environ else in_memory.begin()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Its files go when it ends, but for those of a test that failed: they go with the next run."""
    if _FOLDER is not None and not config.stash.get(_FAILED, True):
        shutil.rmtree(_FOLDER, ignore_errors=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """What became of it."""
    session.config.stash[_FAILED] = exitstatus != pytest.ExitCode.OK


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and tests, 350,000 objects, stay to the end: no search for garbage sees them again.

    Such a search took a sixth of a second, and a test that makes an application had several. What
    comes and goes with a test is looked through less often: most of it needs no search to go.
    """
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        gc.enable()


def _told(missing: ToolMissingError) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"needed in CI: {missing}", pytrace=False)
    raise pytest.skip.Exception(str(missing), _use_item_location=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """A fixture that needs a missing judge skips its test, and fails it in CI."""
    try:
        yield
    except ToolMissingError as missing:
        _told(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Likewise a test that calls one itself."""
    try:
        yield
    except ToolMissingError as missing:
        _told(missing)


@pytest.fixture(scope="session")
def tools() -> ModuleType:
    """The outside judges: ``tools.verapdf(paths)``, ``tools.commons_ip(package)`` and so on."""
    return judges
