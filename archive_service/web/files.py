"""A file at hand as the answer to a browser."""

import io

from flask import Response, send_file

PDF = "application/pdf"


def file_answer(data: bytes, name: str, media_type: str = PDF, *, shown: bool = False) -> Response:
    """Some bytes under this name, in any script; to be saved, or ``shown`` in the browser."""
    return send_file(
        io.BytesIO(data), media_type, as_attachment=not shown, download_name=name, max_age=0
    )
