"""File plans (danh mục hồ sơ): imported as drafts, in force once approved."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.request import language
from archive_service.request import current_actor, services
from ingest.file_plan.acts import approve_plan, import_plan, list_plans
from ingest.file_plan.documents import FilePlanDocument, FilePlanList

bp = APIBlueprint("api_file_plans", __name__, tag="file-plans", url_prefix="/file-plans")


class FilePlanIn(BaseModel):
    """A spreadsheet in the layout of NĐ 30/2020, and whose plan of which year it is."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    file: UploadFile
    agency: str
    year: int


@bp.get("")
@bp.output(FilePlanList)
def list_all() -> dict[str, Any]:
    """The plans the account may see, newest year first."""
    return {"file_plans": list_plans(services(), actor=current_actor())}


@bp.post("")
@bp.input(FilePlanIn, location="form_and_files")
@bp.output(FilePlanDocument, status_code=201)
def add(form_and_files_data: FilePlanIn) -> Answer:
    """Read a plan as a draft, with all that was seen while reading it."""
    given = form_and_files_data
    sheet = given.file.read()  # bounded with the rest of the form; plans are small

    def create() -> dict[str, Any]:
        with tempfile.TemporaryDirectory(dir=services().work_folder, prefix="plan-") as folder:
            path = Path(folder) / "plan.xlsx"
            path.write_bytes(sheet)
            return import_plan(
                services(),
                path,
                agency=given.agency,
                year=given.year,
                actor=current_actor(),
                lang=language(),
            )

    digest = hashlib.sha256(sheet).hexdigest()
    return answer_once(f"{given.agency}\n{given.year}\n{digest}", create)


@bp.post("/<uuid:plan_id>/approve")
@bp.output(FilePlanDocument)
def approve(plan_id: UUID) -> dict[str, Any]:
    """Put a draft in force; its act lies in every copy before this answers."""
    return approve_plan(services(), plan_id, actor=current_actor())
