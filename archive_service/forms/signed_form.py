"""A form that is printed and signed in one: nobody sees it without its signature."""

import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive_service import messages
from archive_service.forms import words
from archive_service.forms.checkpoint_foot import print_foot
from archive_service.forms.listed_form import LongList, joined
from archive_service.forms.long_table import is_long, print_parts
from archive_service.forms.typst_form import (
    OTHER_LABEL,
    PRESS,
    TEMPLATES,
    FormPlace,
    FormTemplateError,
    Press,
    render,
    render_bytes,
    signature_place,
)
from archive_service.signing.pdf.left_field import leave_field, left_size
from archive_service.signing.port import Signer, UnsignablePdfError, VisibleMark

SIGNATURE_FIELD = "ChuKyLuuTru"


@dataclass(frozen=True, slots=True)
class SignatureWords:
    """What a signature says of itself: why and where, and the name of its field.

    Another signs the same bytes later, in the field ``other``, where one is named.
    """

    reason: str
    location: str
    field: str = SIGNATURE_FIELD
    other: str = ""


def print_signed(
    template: Path,
    data: Mapping[str, object],
    target: Path,
    *,
    signer: Signer,
    at: dt.datetime,
    said: SignatureWords,
    lists: Sequence[LongList] = (),
    press: Press = PRESS,
) -> None:
    """Fill, print and sign: a PDF/A-2b at ``target``, whole or not at all.

    ``lists`` lie behind the form; one without rows is left out. ``at`` is its date and the signing
    time. Raises what ``render`` and ``Signer.sign_pdf`` raise.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".form-") as folder:
        unsigned = Path(folder) / "form.pdf"
        if is_long(template, data):
            place = print_parts(data, unsigned, press=press, at=at)
        else:
            place = signature_place(template, data, press=press)
            render(template, data, unsigned, press=press, at=at)
        if place is None:
            raise FormTemplateError(template=template.name, reason="no place for the signature")
        if lists:
            unsigned = joined(unsigned, lists, title=str(data["title"]), press=press, at=at)
        print_foot(unsigned, press=press, at=at)
        if said.other:
            room = signature_place(template, data, press=press, label=OTHER_LABEL)
            if room is None:
                raise FormTemplateError(template=template.name, reason="no place for the other")
            leave_field(unsigned, said.other, page=room.page, box=room.box)
        signer.sign_pdf(
            unsigned,
            target,
            field=said.field,
            reason=said.reason,
            location=said.location,
            visible=signature_mark(signer.subject.name, place, at=at, press=press),
            at=at,
        )


def sign_left_field(
    source: Path,
    target: Path,
    *,
    signer: Signer,
    at: dt.datetime,
    said: SignatureWords,
    press: Press = PRESS,
) -> None:
    """The signature of the other on a paper that left room for it, in the field ``said.field``.

    Raises:
        UnsignablePdfError: there is no such room, or somebody signed there already.
        and what ``Signer.sign_pdf`` raises.
    """
    size = left_size(source, said.field)
    if size is None:
        raise UnsignablePdfError(field=said.field, reason="no empty field")
    place = FormPlace(0, (0, 0, *size))  # the field has its own
    signer.sign_pdf(
        source,
        target,
        field=said.field,
        reason=said.reason,
        location=said.location,
        visible=signature_mark(signer.subject.name, place, at=at, press=press),
        at=at,
    )


def signature_mark(
    name: str, place: FormPlace, *, at: dt.datetime, framed: bool = True, press: Press = PRESS
) -> VisibleMark:
    """What is to be seen of a signature: who signed and when."""
    left, bottom, right, top = place.box
    lines = [
        messages.text("forms.receipt.signed-by", "vi", name=name),
        messages.text("forms.receipt.signed-at", "vi", at=words.iso_moment(at)),
    ]
    data = {
        "lines": lines,
        "width_pt": right - left,
        "height_pt": top - bottom,
        "framed": framed,
    }
    picture = render_bytes(TEMPLATES / "o_chu_ky.typ", data, press=Press(press.fonts), at=at)
    return VisibleMark(page=place.page, box=place.box, picture=picture)
