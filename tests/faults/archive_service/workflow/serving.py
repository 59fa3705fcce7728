"""``archive serve`` as it runs in an agency, to be killed in part or whole, and who asks it."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from http.client import HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

from archive_service import access
from archive_service.accounts.acts import find_account
from archive_service.accounts.sessions import add_token
from tests.services.process import free_port
from tests.worlds.archive import OPERATOR, mixed_case, open_home

PATIENCE_S = 90


class Target(StrEnum):
    """Which processes are killed."""

    WEB = "web"
    WORKER = "worker"
    BOTH = "both"  # with the parent that would start them again


class Serving:
    """One ``archive serve`` on a port that stays the same however often it is started."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = free_port()
        self._env = os.environ | {"ARCHIVE_HOME": str(home)} | settings
        self._process: subprocess.Popen[bytes] | None = None
        self.start_s = 0.0  # how long the last start took

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it can be asked."""
        began = time.monotonic()
        with (self.home / "serve.log").open("ab") as log:
            command = ["serve", "--listen", f"127.0.0.1:{self.port}"]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "archive_service.main", *command],
                env=self._env,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith(b"http"), self.words()
        self.start_s = time.monotonic() - began

    def get(self, path: str) -> tuple[int, Any]:
        """Status and document of an address outside the API; status 0 where nobody answered."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:  # noqa: S310 - ours
                return int(answer.status), json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.loads(refusal.read() or b"{}")
        except (OSError, HTTPException, ValueError):
            return 0, {}

    def words(self) -> str:
        """The end of what it said."""
        return (self.home / "serve.log").read_text("utf-8", "replace")[-3000:]

    def kill(self, target: Target) -> bool:
        """``kill -9``; whether there was anybody to kill."""
        assert self._process is not None
        pids = _below(self._process.pid)
        if target is not Target.BOTH:
            is_web = target is Target.WEB
            pids = {pid: told for pid, told in pids.items() if ("gunicorn" in told) is is_web}
        else:
            self._process.kill()
        for pid in pids:
            _end(pid)
        if target is Target.BOTH:
            self._process.wait()
            self.start()
        return bool(pids)

    def stop(self) -> None:
        """In order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)


@contextmanager
def serving(home: Path, **settings: str) -> Iterator[Serving]:
    """Started within; in the end nothing of it is left."""
    running = Serving(home, **settings)
    running.start()
    try:
        yield running
    finally:
        running.stop()


class Person:
    """Somebody with a token who asks again when nobody answers, as every client should."""

    def __init__(self, home: Path, name: str, *urls: str) -> None:
        self._urls = [f"{url}/api/v1" for url in urls]
        with open_home(home) as services, services.unit_of_work() as uow:
            account = find_account(uow.session, name)
            assert account is not None
            self._token = add_token(account, scopes=sorted(access.ACTS), actor=OPERATOR, uow=uow)
            uow.commit()

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        """Status and document, of the first that answers; status 0 where nobody did."""
        for _ in self._urls:
            status, told = self._ask(f"{self._urls[0]}{path}", body, **headers)
            if status:
                return status, told
            self._urls.append(self._urls.pop(0))
        return 0, {}

    def _ask(self, url: str, body: bytes | None, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(  # noqa: S310 - ours
            url, data=body, headers={"Authorization": f"Bearer {self._token}"}
        )
        for name, value in named.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - ours
                return int(answer.status), json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.loads(refusal.read() or b"{}")
        except (OSError, HTTPException, ValueError):
            return 0, {}

    def listed(self, state: str | None = None) -> list[dict[str, Any]] | None:
        """Submissions, in one state or all; ``None`` where nobody answered."""
        query = f"?limit=100&state={state}" if state else "?limit=100"
        status, document = self.ask(f"/submissions{query}")
        return document["submissions"] if status == 200 else None

    def send(self, package: Path) -> None:
        """Hand it in, once: ask again with the same key, and look before another key is used."""
        key, until = str(uuid4()), time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            status, told = self.ask(
                "/submissions",
                package.read_bytes(),
                Content_Type="application/zip",
                Content_Disposition=f'attachment; filename="{package.name}"',
                Idempotency_Key=key,
            )
            if status == 201:
                return
            if told.get("code") == "idempotency-key-busy":  # whoever answered then is dead
                known = self.listed()
                if known is not None and any(entry["source"] == package.name for entry in known):
                    return
                key = str(uuid4()) if known is not None else key
            assert status in (0, 201, 409, 503), (status, told)
            time.sleep(0.1)
        raise AssertionError(f"{package.name} was not taken")

    def accept_all(self) -> int:
        """Accept what is checked; how many were waiting, as far as anybody answered."""
        waiting = self.listed("checked") or []
        for entry in waiting:
            status, told = self.ask(f"/submissions/{entry['id']}/accept", b"")
            assert status in (0, 200, 409, 503), (status, told)
        return len(waiting)


class Flow:
    """Case files that come in one after another, and are accepted when checked."""

    def __init__(
        self,
        folder: Path,
        most: int,
        officer: Person,
        archivist: Person,
        *,
        pause_s: float = 1,
        made: Callable[..., Path] = mixed_case,
    ) -> None:
        self.sources: list[Path] = []
        self.troubles: list[BaseException] = []
        self._folder = folder
        self.most = most
        self._pause_s = pause_s
        self._made = made
        self._people = officer, archivist
        self._over = threading.Event()

    def _run(self) -> None:
        officer, archivist = self._people
        try:
            while not self._over.is_set():
                number = len(self.sources) + 1
                if number <= self.most:
                    source = self._made(self._folder / f"source-{number}", code=_code(number))
                    officer.send(zipped(source))
                    self.sources.append(source)
                archivist.accept_all()
                self._over.wait(self._pause_s)
        except BaseException as trouble:  # noqa: BLE001 - told by the test that waits for us
            self.troubles.append(trouble)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """In a thread of its own, within the block."""
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            if self.troubles:  # before whatever was waited for in vain
                raise self.troubles[0]


def zipped(source: Path) -> Path:
    """The folder as one ZIP beside it."""
    target = source.with_suffix(".zip")
    with zipfile.ZipFile(target, "w") as out:
        for file in sorted(source.rglob("*")):
            if file.is_file():
                out.write(file, file.relative_to(source))
    return target


def wait_for(happened: Any, *, most_s: float = PATIENCE_S) -> None:
    """Wait until it is true; fails the test when it takes too long."""
    until = time.monotonic() + most_s
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.2)


def pause(chance: random.Random, most_s: float) -> None:
    """Some time."""
    time.sleep(chance.uniform(0, most_s))


def _code(number: int) -> str:
    return f"H40.18.2025.{number:02}.QLCT"


def _below(pid: int) -> dict[int, str]:
    """Process id → command of everything below a process."""
    found: dict[int, str] = {}
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return found
    for child in map(int, children):
        try:
            found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        found |= _below(child)
    return found


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
