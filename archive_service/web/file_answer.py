"""A file at hand as the answer to a browser."""

import io
from typing import IO

from flask import Response, send_file

PDF = "application/pdf"


def file_answer(
    data: bytes | IO[bytes], name: str, media_type: str = PDF, *, shown: bool = False
) -> Response:
    """What is there under this name, in any script; to be saved, or ``shown`` in the browser."""
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    return send_file(source, media_type, as_attachment=not shown, download_name=name, max_age=0)
