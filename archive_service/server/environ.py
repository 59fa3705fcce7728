"""One request as WSGI has it (PEP 3333), from what ASGI has."""

import sys
from typing import IO, Any
from urllib.parse import unquote_to_bytes

Scope = dict[str, Any]
_PLAIN = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def environ_of(scope: Scope, body: IO[bytes], size: int | None) -> dict[str, Any]:
    """The environment of a call; ``size`` is that of ``body``, ``None`` where none was sent."""
    host, port = scope.get("server") or ("localhost", None)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 80),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("", 0))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        plain = name.decode("latin-1").lower()
        key = _PLAIN.get(plain, f"HTTP_{plain.upper().replace('-', '_')}")
        text = value.decode("latin-1")
        joint = "; " if plain == "cookie" else ","
        environ[key] = f"{environ[key]}{joint}{text}" if key in environ else text
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # all of the body is here
    if size is not None:
        environ["CONTENT_LENGTH"] = str(size)
    return environ
