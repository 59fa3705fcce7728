"""C2SP ``tlog-witness`` over HTTP, of a witness without an archive."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, jsonify, request

from archive_service import messages
from archive_service.errors import ArchiveError
from archive_service.evidence.witness.home import WitnessHome
from archive_service.evidence.witness.page_parts import kept_size, plain
from archive_service.evidence.witness.rules import (
    ADD_AT,
    KEPT_AT,
    LONGEST_ASKING,
    KeptSizeError,
    LogContradictsError,
    parse_asking,
)

PREFIX = "/api/v1/witness"


def create_app(home: Path) -> Flask:
    """The application over the witness of this home."""
    app, witness = Flask(__name__, static_folder=None), WitnessHome(home)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_ASKING

    @app.post(f"{PREFIX}{ADD_AT}")
    def add_checkpoint() -> Response:
        asking = parse_asking(request.get_data().decode("utf-8", "replace"))
        return plain(witness.cosign(asking))

    @app.get(f"{PREFIX}{KEPT_AT}")
    def kept() -> Response:
        found = witness.kept(request.args.get("origin", ""))
        return plain(found.note if found else "")

    @app.get("/")
    def show() -> Response:
        logs = "".join(f"{origin}\n" for origin in witness.origins())
        return plain(f"{witness.cosigner().key.vkey}\n\n{logs}")

    @app.errorhandler(ArchiveError)
    def refuse(error: ArchiveError) -> Response:
        if isinstance(error, (KeptSizeError, LogContradictsError)):
            return kept_size(error)
        message = messages.error(error.code, "vi", error.facts)
        answer = jsonify(code=error.code, message=message.message, remedy=message.remedy)
        answer.status_code = error.status
        return answer

    return app


def serve(home: Path, listen: str, report: Callable[[str], None]) -> None:
    """Answer at ``listen`` (HOST:PORT) until SIGTERM or Ctrl-C; ``report`` is told the address.

    Raises:
        WitnessKeyMissingError, WitnessKeyError: nothing was started.
    """
    WitnessHome(home).cosigner()
    from gunicorn.app.base import BaseApplication

    class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            for name, value in {
                "bind": listen,
                "worker_class": "gthread",
                "threads": 8,
                "timeout": 60,
                "loglevel": "warning",
                "control_socket_disable": True,
                "when_ready": lambda server: report(str(server.LISTENERS[0])),
            }.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return create_app(home)

    _Server().run()
