"""Nộp hồ sơ."""

import io

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service.web.session import services

bp = Blueprint("submit", __name__, url_prefix="/submit")


@bp.get("")
def show() -> str:
    return render_template(
        "pages/submit.html",
        here_key="my-case-files",
        upload_href=url_for("api_uploads.begin"),
        form={
            "kind": request.args.get("kind", "folder"),
            "given": {},
            "errors": {},
            "findings": [],
        },
        limits={"file": services().settings.limits.file_bytes},
        terms=[],
        modes=[],
    )


@bp.post("")
def create() -> Response:
    return make_response(redirect(url_for("my_case_files.show"), code=303))


@bp.get("/template")
def template() -> Response:
    return Response(b"")
