"""Answers of a witness over HTTP, with an archive behind it or without."""

from flask import Response

from archive_service.evidence.witness.rules import (
    SIZE_TYPE,
    KeptSizeError,
    LogContradictsError,
)


def plain(text: str) -> Response:
    """Text as it is."""
    return Response(text, mimetype="text/plain")


def kept_size(error: KeptSizeError | LogContradictsError) -> Response:
    """HTTP 409: how long the kept log is, and no more, as the protocol has it."""
    return Response(f"{error.facts['size']}\n", 409, mimetype=SIZE_TYPE)
