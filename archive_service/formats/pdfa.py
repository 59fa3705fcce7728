"""What every PDF/A of ours says of itself."""

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pikepdf

LANGUAGE = "vi-VN"
FLAVOUR = "2b"
CREATOR = "Archive"


def describe_pdf(pdf: "pikepdf.Pdf", title: str, made_at: dt.datetime) -> None:
    """Title, language, maker and moments of a PDF that is ours from the first byte.

    To be called again after ``pdfa.prepare``, which notes the moment it ran.
    """
    moment = made_at.astimezone(dt.UTC).isoformat(timespec="seconds")
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=True) as xmp:
        xmp["dc:title"] = title
        xmp["dc:language"] = [LANGUAGE]
        xmp["xmp:CreatorTool"] = CREATOR
        xmp["pdf:Producer"] = CREATOR
        for name in ("xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate"):
            xmp[name] = moment
