"""A process that has imported everything and done nothing: each act is done in a fork of it.

A fork of pytest's own process would inherit its threads, and libraries that wait for theirs.
"""

import gc
import importlib
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

# What the acts import when they need it.
_WARM = (
    "archive_service.signing.key_stores.pdf_key",
    "archive_service.signing.key_stores.pkcs12",
    "archive_service.signing.pdf.embedded",
    "archive_service.signing.pdf.pyhanko_adapters",
    "archive_service.signing.pdf.sign",
    "archive_service.signing.pdf.validate",
    "archive_service.signing.trust.demo_authority",
    "archive_service.signing.trust.value",
    "archive_service.signing.xml.signed_info",
    "archive_service.storage.destroy.gate",
    "archive_service.storage.s3.store",
    "archive_service.worker",
    "digitize.documents.case_file",
    "fontTools.ttLib.tables.otTables",
    "img2pdf",
    "ingest.acceptance.receipt",
    "jsonschema",
    "openpyxl",
    "pikepdf.pdfa",
    "psycopg",
    "pyhanko.pdf_utils.metadata.xmp_xml",
    "search.fts5.index",
    "structlog",
    "typst",
)


class WarmProcess:
    """The warm process; to be used in a ``with`` statement."""

    def __enter__(self) -> Self:
        ours, theirs = Pipe()
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)
        theirs.close()
        self._connection = ours
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.wait()

    def do(self, act: Callable[..., None], *arguments: object, log: Path) -> int:
        """The exit code of a fork that did ``act``, below 0 for a signal; its words in ``log``."""
        self._connection.send((act, arguments, log))
        code: int = self._connection.recv()
        return code


def _serve(connection: Connection) -> None:
    gc.disable()  # what is imported stays
    for name in _WARM:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()
    while True:
        try:
            act, arguments, log = connection.recv()
        except EOFError:
            return
        child = os.fork()
        if child == 0:
            _do(act, arguments, log)
        connection.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _do(act: Callable[..., None], arguments: tuple[object, ...], log: Path) -> None:
    """Never returns: nothing of the parent may be cleared away here."""
    code = 1
    try:
        with log.open("w", encoding="utf-8", buffering=1) as out:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
            act(*arguments)
        code = 0
    except BaseException:  # noqa: BLE001 - told in the log, whatever it is
        log.write_text(log.read_text("utf-8") + traceback.format_exc(), "utf-8")
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
