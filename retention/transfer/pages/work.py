"""What workers do for a transfer: packages built, disks written and taken in; receipts by hand."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.errors import ArchiveError, ConflictError, InputError, NotFoundError
from archive_service.problem import HttpRefusedError
from archive_service.request import Body, current_actor, services, takes
from archive_service.storage.work_folder import work_place
from archive_service.web.errors import shown
from archive_service.web.layout import t
from archive_service.web.numbers import number_in_form
from archive_service.web.refusals import day_in_form, file_in_form
from archive_service.web.toasts import tell
from ingest.uploads.page_parts import files_sent
from retention.transfer import jobs as transfer_jobs
from retention.transfer.jobs import Writing
from retention.transfer.network import exchange as network_exchange
from retention.transfer.packages import download as packages_download
from retention.transfer.pages.acts import TransferUnchosenError, back, uploaded
from retention.transfer.pages.running_jobs import MEDIA, work_line
from retention.transfer.pages.transfer import told_on_page
from retention.transfer.register.typed_codes import declined_in, kept_in
from retention.transfer.reply import hand_receipts
from retention.transfer.reply.hand_receipts import HandReceipt

bp = Blueprint("transfer_work", __name__, template_folder="../templates", url_prefix="/nop-luu")

_REFUSED = (ConflictError, InputError, NotFoundError)


@bp.post("/<uuid:transfer_id>/packages")
@told_on_page
def build(transfer_id: UUID) -> Response:
    """A worker builds the packages, for media of a size where one is chosen."""
    form = request.form
    size = form.get("medium_bytes", "")
    if size not in ("", *map(str, MEDIA)):
        raise HttpRefusedError(400)
    transfer_jobs.ask_build(
        services(),
        transfer_id,
        medium_bytes=int(size) if size else None,
        bag=form.get("bag") == "1",
        actor=current_actor(),
    )
    return back(transfer_id, "building")


@bp.post("/<uuid:transfer_id>/disks")
@told_on_page
@takes(Body.PAPER, "transfer:compose")
def write(transfer_id: UUID) -> Response:
    """A worker writes what is built onto a disk that is attached."""
    form = request.form
    keys = request.files.get("lock_keys")
    writing = Writing(
        disk=form.get("disk", ""),
        medium=number_in_form("medium", empty=0),
        label=form.get("label", ""),
        place=form.get("disk_place", ""),
        keys=uploaded("lock_keys", t("pages.transfer.keys"))
        if keys is not None and keys.filename
        else b"",
    )
    transfer_jobs.ask_write(services(), transfer_id, writing, actor=current_actor())
    return back(transfer_id, "writing")


@bp.post("/<uuid:transfer_id>/media/<int:number>/download")
@told_on_page
def download(transfer_id: UUID, number: int) -> Response:
    """One medium as a ZIP, for a disk that is plugged in where the browser is."""
    found = packages_download.download(services(), transfer_id, number, actor=current_actor())
    answer = Response(found.pieces, mimetype="application/zip")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.set("Content-Disposition", "attachment", filename=found.name)
    return answer


@bp.post("/<uuid:transfer_id>/carried")
@told_on_page
def note_carried(transfer_id: UUID) -> Response:
    """What was downloaded lies on a disk that goes to the other archive."""
    form = request.form
    packages_download.note_carried(
        services(),
        transfer_id,
        number_in_form("carried_medium", empty=1),
        label=form.get("carried_label", ""),
        place=form.get("carried_place", ""),
        actor=current_actor(),
    )
    return back(transfer_id, "carried")


@bp.post("/<uuid:transfer_id>/exchange")
@told_on_page
def exchange(transfer_id: UUID) -> Response:
    """Ask the other archive's server for its reply now, and tell it what was stopped."""
    network_exchange.exchange(services(), transfer_id, actor=current_actor())
    return back(transfer_id, "exchanged")


@bp.post("/<uuid:transfer_id>/receipt")
@told_on_page
@takes(Body.PAPER, "transfer:compose")
def note_receipt(transfer_id: UUID) -> Response:
    """A receipt on paper, with its scan."""
    form = request.form
    receipt = HandReceipt(
        number=form.get("receipt_number", ""),
        on=day_in_form("receipt_on", t("pages.transfer.paper_on")),
        kept=kept_in(form.get("kept", "")),
        returned=declined_in(form.get("receipt_returned", "")),
        archive=form.get("receipt_archive", ""),
        all_kept=form.get("all_kept") == "1",
    )
    scan = file_in_form("scan", t("pages.transfer.scan"))
    with work_place(services().work_folder, "paper-") as folder:
        path = folder / "bien-nhan.pdf"
        scan.save(path)
        hand_receipts.note_receipt(
            services(), transfer_id, receipt, scan=path, actor=current_actor()
        )
    return back(transfer_id, "receipt-noted")


@bp.get("/receive")
def receiving() -> Response:
    """Folders on attached disks, files to upload, and what came of those taken in lately."""
    return _receiving()


@bp.post("/receive")
def receive() -> Response:
    """A worker takes in what lies on a disk."""
    try:
        transfer_jobs.ask_receive(services(), request.form.get("folder", ""), actor=current_actor())
    except _REFUSED as refused:
        return _receiving(refused)
    return _asked()


@bp.post("/receive/files")
@takes(Body.FILES, "transfer:receive")
def receive_files() -> Response:
    """The same of the files of a disk that were uploaded."""
    try:
        sent = files_sent()
        if not sent:
            raise TransferUnchosenError
        transfer_jobs.ask_receive_uploads(services(), sent, actor=current_actor())
    except _REFUSED as refused:
        return _receiving(refused)
    return _asked()


def _receiving(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    access.require(actor, "transfer:receive")
    settings = services().settings
    problem, status = shown(refused)
    page = render_template(
        "transfer/receive.html",
        here_key="transfers",
        folders=transfer_jobs.folders_carried(services(), actor=actor),
        has_disks=bool(settings.transfer.disks),
        limit=settings.limits.file_bytes,
        upload_href=url_for("api_uploads.begin"),
        runs=[_run(job) for job in transfer_jobs.received_lately(services(), actor=actor)],
        problem=problem,
    )
    return make_response(page, status)


def _run(job: Any) -> dict[str, Any]:
    line = work_line(job)
    return line | {"name": line["asked"]["name"], "told": line["asked"].get("told")}


def _asked() -> Response:
    tell(t("pages.transfers.done.receiving"))
    return make_response(redirect(url_for(".receiving"), code=303))
