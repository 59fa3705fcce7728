"""Lượt mở tài liệu của một hồ sơ."""

from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, make_response, render_template

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.purposes import purpose_label
from archive_service.catalogue.openings.acts import (
    LIST,
    count_openings,
    opening_document,
    openings_of,
)
from archive_service.domain.keeping.opening_record import OpeningRecord
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.language import language
from archive_service.web.layout import t

bp = Blueprint("openings", __name__, template_folder="templates", url_prefix="/case-files")
_COLUMNS = ("at", "who", "role", "document", "door", "purpose")


@bp.get("/<code>/openings")
def show(code: str) -> Response:
    """Who opened which document, the newest first."""
    actor, given = current_actor(), lists.asked()
    access.require(actor, LIST)
    with services().read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor)
        access.require(actor, LIST, row)
        asked = openings_of(row.id, given.text)
        newest = asked.order_by(OpeningRecord.at.desc(), OpeningRecord.id.desc())
        if given.export:
            headings = [t(f"pages.openings.{name}") for name in _COLUMNS]
            cells = _cells(session.scalars(newest))
            return lists.as_table("luot-mo", given.export, headings, cells)
        found = session.scalars(newest.limit(lists.PAGE_ROWS).offset(given.offset)).all()
        total = count_openings(session, asked)
        names = display_names(session, [opening.account for opening in found])
    shown = render_template(
        "openings/openings.html",
        here_key="case-files",
        case=row,
        openings=[opening_document(opening) for opening in found],
        names=names,
        total=total,
        purpose_label=lambda code: purpose_label(code, language()),
        tools=lists.tools(given),
        paging=lists.paging(given, len(found), total),
    )
    return make_response(shown)


def _cells(found: Iterable[OpeningRecord]) -> Iterator[Row]:
    for opening in found:
        role, door = t(f"labels.roles.{opening.role}"), t(f"labels.doors.{opening.door}")
        purpose = purpose_label(opening.purpose, language())
        yield (clock.iso(opening.at), opening.account, role, opening.place, door, purpose)
