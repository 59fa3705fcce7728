"""PostgreSQL for tests: one server, a new database for whoever asks."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.install import ToolMissingError
from tests.services.process import (
    Process,
    Server,
    as_account,
    free_port,
    give,
    ordinary_account,
    program,
    run_folder,
    running,
)

OWNER = "archive"
# Texts in the order of Vietnamese, as on an office's server, and not in that of their bytes.
ORDER = ("--locale-provider=icu", "--icu-locale=vi-VN")


@dataclass(frozen=True, slots=True)
class PostgreSql(Server):
    """A server on loopback that trusts whoever asks; ``OWNER`` may do everything."""

    port: int
    bin: Path  # psql, pg_dump and the rest, of the same version

    def url(self, name: str) -> str:
        """The setting ``database.url`` for a database of this name."""
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/{name}"

    def new_database(self, name: str | None = None, *, template: str | None = None) -> str:
        """Make an empty database, or a copy of the one at the URL ``template``, and give its URL.

        Nobody may be connected to a template.
        """
        name = name or f"test_{secrets.token_hex(6)}"
        source = "" if template is None else copied_from(template.rpartition("/")[2])
        self.execute(f'CREATE DATABASE "{name}"{source}')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove it, and end whoever is still connected to it."""
        name = url.rpartition("/")[2]
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """One statement as the owner of everything, outside any transaction."""
        import psycopg

        address = f"postgresql://{OWNER}@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


def copied_from(template: str) -> str:
    """The end of ``CREATE DATABASE``: file by file, which costs half of a copy through the log."""
    return f' TEMPLATE "{template}" STRATEGY file_copy'


def postgresql_bin() -> Path:
    """Where the server's programs lie, never those that happen to be on the PATH."""
    return Path(program("/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb")).parent


@contextmanager
def run_postgresql(*, durable: bool = False) -> Iterator[PostgreSql]:
    """A new server. ``durable=False`` leaves out fsync: a killed process loses nothing by it."""
    programs = postgresql_bin()
    account = ordinary_account()
    with run_folder("postgresql", account, beside_tests=not durable) as folder:
        data, port = folder / "data", free_port()
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", OWNER, "--auth=trust"]
        done = subprocess.run(
            [*initdb, "-E", "UTF8", "--locale=C.UTF-8", *ORDER, "--no-sync", "--wal-segsize=1"],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            **as_account(account),
        )
        if done.returncode != 0:
            raise ToolMissingError(f"initdb failed: {done.stderr}")
        with (data / "postgresql.conf").open("a") as out:
            out.write(
                f"listen_addresses = '127.0.0.1'\nport = {port}\n"
                f"unix_socket_directories = '{folder}'\nmax_connections = 200\n"
                f"fsync = {'on' if durable else 'off'}\n"
            )
        if account is not None:
            give(data, account)
        command = [str(programs / "postgres"), "-D", str(data)]

        def ready() -> None:
            import psycopg

            psycopg.connect(f"postgresql://{OWNER}@127.0.0.1:{port}/postgres").close()

        process = Process(
            "postgresql",
            command,
            folder=folder,
            ready=ready,
            account=account,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients
        )
        with running(process):
            yield PostgreSql(process, port, programs)
