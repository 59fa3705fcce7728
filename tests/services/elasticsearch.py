"""Elasticsearch for tests: the real server with few modules, 700 MB and 16 s to start."""

import os
import secrets
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.install import Part, ToolMissingError, from_maven_zip, installed
from tests.services.process import (
    Process,
    Server,
    free_port,
    give,
    ordinary_account,
    program,
    run_folder,
    running,
)

ELASTICSEARCH = Part(
    "elasticsearch",
    "8.19.16",
    from_maven_zip("org.elasticsearch.distribution.integ-test-zip:elasticsearch"),
)


@dataclass(frozen=True, slots=True)
class Elasticsearch(Server):
    """A server on loopback without passwords; each test takes a prefix of its own."""

    port: int

    @property
    def address(self) -> str:
        """For a client of its makers."""
        return f"http://127.0.0.1:{self.port}"

    def new_prefix_url(self, prefix: str | None = None) -> str:
        """The setting ``search.url`` with a prefix that nobody used."""
        return f"elasticsearch://127.0.0.1:{self.port}/{prefix or f'test{secrets.token_hex(6)}'}"


@contextmanager
def run_elasticsearch() -> Iterator[Elasticsearch]:
    """A new, empty server of one node."""
    installation = installed(ELASTICSEARCH)
    if installation is None:
        raise ToolMissingError("elasticsearch is missing: run `make judges`.")
    java = Path(program("java")).resolve().parent.parent
    account = ordinary_account()
    # Its data beside the tests: an index costs a dozen syncs, which took half of all its time.
    with (
        run_folder("elasticsearch") as folder,
        run_folder("elasticsearch", account, beside_tests=True) as data,
    ):
        home = _readable_home(installation, folder)
        port = free_port()
        _write_config(home, folder, data, port)
        if account is not None:
            give(folder, account)
        env = {
            "ES_PATH_CONF": str(folder / "config"),
            "ES_JAVA_HOME": str(java),
            # Of a short life the second compiler takes more than it gives: half of the start.
            "ES_JAVA_OPTS": "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1",
            "ES_TMPDIR": str(folder / "tmp"),
            # What starts it is a Java of its own; it would leave a folder in /tmp at each start.
            "CLI_JAVA_OPTS": f"-Djava.io.tmpdir={folder / 'tmp'} -XX:-UsePerfData",
        }

        def ready() -> None:
            address = f"http://127.0.0.1:{port}/_cluster/health?wait_for_status=yellow&timeout=1s"
            with urllib.request.urlopen(address, timeout=5) as answer:
                answer.read()

        process = Process(
            "elasticsearch",
            [str(home / "bin" / "elasticsearch")],
            folder=folder,
            ready=ready,
            env=env,
            account=account,
            ready_s=180,
        )
        with running(process):
            yield Elasticsearch(process, port)


def _readable_home(installation: Path, folder: Path) -> Path:
    """The installation, or a copy where another account than ours has to read it."""
    inside = next(installation.glob("elasticsearch-*/bin/elasticsearch")).parent.parent
    if ordinary_account() is None:
        return inside

    def link(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:  # another file system
            shutil.copy2(source, target)

    home = folder / "home"
    shutil.copytree(inside, home, copy_function=link)
    return home


def _write_config(home: Path, folder: Path, data: Path, port: int) -> None:
    config = folder / "config"
    shutil.copytree(home / "config", config)
    (config / "jvm.options.d").mkdir(exist_ok=True)
    for name in ("logs", "tmp"):
        (folder / name).mkdir()
    (config / "elasticsearch.yml").write_text(
        f"cluster.name: archive-test\ndiscovery.type: single-node\nnetwork.host: 127.0.0.1\n"
        f"http.port: {port}\ntransport.port: {free_port()}\n"
        f"path.data: {data}\npath.logs: {folder / 'logs'}\n"
        "xpack.security.enabled: false\n"
        "cluster.routing.allocation.disk.threshold_enabled: false\n"
    )
