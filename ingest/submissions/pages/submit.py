"""Nộp hồ sơ: a folder, ZIP or PDFs with their spreadsheet; or PDFs with a form."""

import tempfile
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from archive_service import access
from archive_service.errors import BackendError, InputError
from archive_service.request import Body, current_actor, services, takes
from archive_service.web.errors import problem_on_page
from archive_service.web.file_answer import file_answer
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from ingest.channels.parcel import NothingSentError
from ingest.channels.spreadsheet_template import write_template
from ingest.submissions.from_uploads import missing_in_form, submit_form, submit_uploads
from ingest.submissions.pages.form import Form, empty_form, read_form
from ingest.uploads.page_parts import files_sent

bp = Blueprint("submit", __name__, template_folder="../templates", url_prefix="/submit")

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEMPLATE = "mau-ho-so.xlsx"


@bp.get("")
def show() -> str:
    """The empty page; or the form begun from a file plan's entry or an earlier submission."""
    access.require(current_actor(), "submission:create")
    form = empty_form(
        request.args.get("kind", ""),
        entry=request.args.get("entry", ""),
        after=request.args.get("after", ""),
    )
    return _page(form)


@bp.post("")
@takes(Body.FILES, "submission:create")
def create() -> Response:
    """Hand in what was uploaded; what a form lacks is told before anything is taken in."""
    actor = current_actor()
    access.require(actor, "submission:create")
    form = read_form()
    try:
        form.sent = files_sent()
        ids = _hand_in(form)
    except (InputError, BackendError) as refused:  # the uploads stay: another try is cheap
        problem = problem_on_page(refused)
        form.findings.append(
            {
                "severity": "error",
                "message": problem.message,
                "remedy": problem.remedy,
                "place": "",
            }
        )
        return make_response(_page(form), problem.status)
    if ids is None:
        return make_response(_page(form), 422 if form.is_marked() else 200)
    words = t("pages.mine.sent", count=len(ids))
    href = url_for("submissions.show", submission_id=ids[0])
    tell(words, href, t("pages.desk.see"))
    is_only_one = len(ids) == 1
    return make_response(redirect(href if is_only_one else url_for("my_case_files.show"), code=303))


@bp.get("/template")
def template() -> Response:
    """The empty spreadsheet of a submission."""
    with tempfile.TemporaryDirectory(dir=services().work_folder, prefix="template-") as folder:
        path = Path(folder) / _TEMPLATE
        write_template(path)
        data = path.read_bytes()
    return file_answer(data, _TEMPLATE, _SHEET)


def _hand_in(form: Form) -> list[Any] | None:
    """The ids of the submissions; ``None`` where the form asks for more first."""
    actor = current_actor()
    if form.kind != "form":
        return submit_uploads(services(), form.sent, actor=actor, record_status=form.record_status)
    fields, documents = form.fields(), form.documents()
    form.mark(missing_in_form(services(), fields, documents, actor=actor))
    if not form.sent:
        raise NothingSentError(source=form.given["fileCode"])
    if form.is_marked() or form.asks_for_documents():
        return None
    return submit_form(services(), fields, documents, actor=actor)


def _page(form: Form) -> str:
    return render_template(
        "submissions/submit.html",
        here_key="my-case-files",
        upload_href=url_for("api_uploads.begin"),
        form=form.shown(),
        limits=services().settings.limits,
        choices=form.choices(),
    )
