"""A form as it was signed, kept as data: later copies of it say the same as the signed paper."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic import JsonValue

from archive_service.forms.table_form import FormColumn, FormRow, FormSigner, TableForm

KEY = "form"  # of the document of the act that the signed paper stands beside


def frozen(form: TableForm) -> dict[str, dict[str, JsonValue]]:
    """The form as plain data, for the document of an act."""
    return {KEY: _plain(form)}


def _plain(form: TableForm) -> dict[str, JsonValue]:
    plain = asdict(replace(form, behind=()))
    plain["behind"] = [_plain(table_form) for table_form in form.behind]
    plain["columns"] = [[column.head, column.width, column.align] for column in form.columns]
    plain["rows"] = [[row.kind, *row.cells] for row in form.rows]
    plain["signers"] = [list(asdict(signer).values()) for signer in form.signers]
    return plain


def thawed(document: Mapping[str, Any]) -> TableForm | None:
    """The form that the document of an act keeps; nothing where it keeps none."""
    return _form(document[KEY]) if KEY in document else None


def _form(plain: Mapping[str, Any]) -> TableForm:
    facts = dict(plain)
    facts["behind"] = [_form(form) for form in facts.get("behind", ())]
    facts["columns"] = [FormColumn(head, width, align) for head, width, align in facts["columns"]]
    facts["rows"] = [FormRow(cells, kind) for kind, *cells in facts["rows"]]
    facts["signers"] = [FormSigner(*signer) for signer in facts["signers"]]
    return TableForm(**facts)
