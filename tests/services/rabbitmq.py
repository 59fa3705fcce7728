"""RabbitMQ for tests: one broker, a new virtual host for whoever asks."""

import os
import secrets
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.process import Process, Server, free_port, program, run_folder, running

BIN = "/usr/lib/rabbitmq/bin"  # the wrapper in /usr/sbin changes the account


class RabbitMqCommandError(Exception):
    """``rabbitmqctl`` failed; the text is what it said."""


@dataclass(frozen=True, slots=True)
class RabbitMq(Server):
    """A broker on loopback; ``guest`` may do everything."""

    port: int
    env: Mapping[str, str]

    def url(self, vhost: str) -> str:
        """The setting ``jobs.url`` for a virtual host of this name."""
        return f"celery+amqp://guest:guest@127.0.0.1:{self.port}/{vhost}"

    def new_vhost(self, name: str | None = None) -> str:
        """Make an empty virtual host and give its URL."""
        name = name or f"test{secrets.token_hex(6)}"
        self.control("add_vhost", name)
        self.control("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
        return self.url(name)

    def control(self, *arguments: str) -> str:
        """``rabbitmqctl`` with these arguments; about a second each."""
        return _control(self.env, *arguments)


@contextmanager
def run_rabbitmq() -> Iterator[RabbitMq]:
    """A new broker with a node name, a port mapper and a cookie of its own."""
    server = program(f"{BIN}/rabbitmq-server")
    with run_folder("rabbitmq") as folder:
        port = free_port()
        env = _environment(folder)
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{port}\nlog.console = true\n"
            "disk_free_limit.absolute = 50MB\n"
        )
        (folder / "enabled_plugins").write_text("[].\n")

        def ready() -> None:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                if not connection.recv(1):
                    raise ConnectionError("not yet")

        process = Process("rabbitmq", [server], folder=folder, ready=ready, env=env, ready_s=240)
        with running(process):
            yield RabbitMq(process, port, env)


def _environment(folder: Path) -> dict[str, str]:
    """Everything that RabbitMQ and Erlang would else take from the machine."""
    return {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder),  # the Erlang cookie
        "RABBITMQ_NODENAME": f"archive{free_port()}@localhost",
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        # Its schedulers wait asleep: else one with nothing to do takes an eighth of a processor.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(free_port()),
    }


def _control(env: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [f"{BIN}/rabbitmqctl", "-q", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=dict(env),
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise RabbitMqCommandError(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout
