"""A form as it was signed, kept as data: later copies of it say the same as the signed paper."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from archive_service.forms.table_form import FormColumn, FormRow, FormSigner, TableForm

KEY = "form"  # of the document of the act that the signed paper stands beside


def frozen(form: TableForm) -> dict[str, Any]:
    """The form as plain data, for the document of an act."""
    told = asdict(form)
    told["columns"] = [[one.head, one.width, one.align] for one in form.columns]
    told["rows"] = [[one.kind, *one.cells] for one in form.rows]
    told["signers"] = [[one.position, one.name] for one in form.signers]
    return {KEY: told}


def thawed(document: Mapping[str, Any]) -> TableForm | None:
    """The form that the document of an act keeps; nothing where it keeps none."""
    if KEY not in document:
        return None
    told = dict(document[KEY])
    told["columns"] = [FormColumn(head, width, align) for head, width, align in told["columns"]]
    told["rows"] = [FormRow(cells, kind) for kind, *cells in told["rows"]]
    told["signers"] = [FormSigner(position, name) for position, name in told["signers"]]
    return TableForm(**told)
