"""Case files: what is held, its words, its files, and all of it written out."""

import tempfile
from http import HTTPMethod
from pathlib import Path
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from archive_service import access
from archive_service.api.offered import offer
from archive_service.api.paging import CaseFileQuery, ExportQuery
from archive_service.api.streaming import disposition, send, send_bytes, send_json_list
from archive_service.catalogue.case_files.documents import (
    CaseList,
    CaseSummary,
)
from archive_service.catalogue.case_files.evidence_report import packed_report
from archive_service.catalogue.case_files.queries import case_file
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.opening import read_receipt, readable_file
from archive_service.catalogue.holdings.text_documents import CaseTextDocument
from archive_service.catalogue.holdings.texts import iter_case_texts
from archive_service.db.paging import Order, part_of
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.recovery.export.case_file import FORMS, export_case_file
from archive_service.request import current_actor, services

bp = APIBlueprint("api_case_files", __name__, tag="case-files", url_prefix="/case-files")

_BY_CODE = Order(columns=(CaseFile.code,), write=(str,), read=(str,))
_PIECE_BYTES = 256 * 1024


@bp.get("")
@bp.input(CaseFileQuery, location="query")
@bp.output(CaseList)
def list_all(query_data: CaseFileQuery) -> dict[str, Any]:
    """Case files the account may know of, by code; ``total`` counts those that match."""
    actor = current_actor()
    access.require(actor, "case-file:list")
    narrow = query_data.model_dump(exclude={"limit", "cursor"})
    with services().read_only() as session:
        part = part_of(
            session,
            holdings_rows.matching_case_files(actor=actor, **narrow),
            _BY_CODE,
            limit=query_data.limit,
            cursor=query_data.cursor,
        )
        lacking = holdings_rows.incomplete_among(session, part.rows)
        return {
            "cases": [
                CaseSummary.of(row, actor=actor, complete=row.id not in lacking)
                for row in part.rows
            ],
            "total": holdings_rows.count_case_files(session, actor=actor, **narrow),
            "cursor": part.cursor,
        }


offer(bp, "/<code>", case_file, method=HTTPMethod.GET)


@bp.get("/<code>/text")
@bp.output(CaseTextDocument)
def text(code: str) -> Response:
    """The words, page by page, of those documents that the account may read."""
    documents = iter_case_texts(services(), code, actor=current_actor())
    return send_json_list({"code": code.strip()}, "documents", documents)


@bp.get("/<code>/files/<uuid:file_id>")
@bp.doc(responses={200: "The file", 206: "The range asked for", 304: "Unchanged"})
def file(code: str, file_id: UUID) -> Response:
    """One file, whole or in ranges; the ETag is its SHA-256."""
    return send(readable_file(services(), code, file_id, actor=current_actor()))


@bp.get("/<code>/receipt")
@bp.doc(responses={200: "The signed receipt, PDF/A"})
def receipt(code: str) -> Response:
    """The signed receipt, once every copy holds the case file."""
    number, data = read_receipt(services(), code, actor=current_actor())
    return send_bytes(data, name=f"{number.replace('/', '-')}.pdf", media_type="application/pdf")


@bp.get("/<code>/evidence-report")
@bp.doc(responses={200: "ZIP: what proves it as JSON, and as PDF/A that names the JSON's digest"})
def evidence_report(code: str) -> Response:
    """What proves a case file (relevé), made and sealed now, as ``archive evidence report``."""
    name, data = packed_report(services(), code, actor=current_actor())
    return send_bytes(data, name=name, media_type="application/zip")


@bp.get("/<code>/export")
@bp.input(ExportQuery, location="query")
@bp.doc(responses={200: "ZIP, PDF or XML by form"})
def export(code: str, query_data: ExportQuery) -> Response:
    """All of it: its package as a ZIP, or in order of time as one PDF or XML."""
    held = tempfile.TemporaryDirectory(dir=services().work_folder, prefix="export-")
    try:
        exported = export_case_file(
            services(),
            code,
            form=query_data.form,
            folder=Path(held.name),
            actor=current_actor(),
            request_id=query_data.request,
        )
        source = exported.path.open("rb")
    except BaseException:
        held.cleanup()
        raise
    media_type = FORMS[query_data.form]
    response = Response(
        iter(lambda: source.read(_PIECE_BYTES), b""),
        headers={
            "Content-Type": media_type,
            "Content-Length": str(exported.size_bytes),
            "Content-Disposition": disposition(exported.path.name, media_type),
            "ETag": f'"{exported.sha256}"',
        },
    )
    response.call_on_close(source.close)
    response.call_on_close(held.cleanup)
    return response
