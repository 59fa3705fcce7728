"""Biên bản nâng cấp: what was compared before and after a change of release, and what was found."""

from collections.abc import Mapping
from typing import Any

from archive_service import clock
from archive_service.forms import words
from archive_service.forms.signed_paper import Issuer, Paper, PaperTable, said


def upgrade_minutes(figures: Mapping[str, Any], issuer: Issuer, *, number: str, by: str) -> Paper:
    """``figures`` as the act tells them; a change that was undone has no number."""
    rows = [
        (said("upgrade.release"), str(figures["release"])),
        (said("upgrade.revision"), f"{figures['from']} → {figures['to']}"),
        (said("started"), words.moment(clock.parse_iso(figures["started_at"]))),
        (said("ended"), words.moment(clock.parse_iso(figures["ended_at"]))),
        (said("compared"), words.count(int(figures["compared"]))),
        (said("equal"), words.count(int(figures["equal"]))),
        (said("by"), by),
    ]
    if figures["without_backup"]:
        rows.append((said("upgrade.without-backup"), str(figures["without_backup"])))
    after = figures["rows_after"]
    table = PaperTable(
        heads=[said(f"upgrade.{head}") for head in ("table", "before", "after")],
        widths=(2.0, 1.0, 1.0),
        rows=[
            [name, words.count(count), words.count(after[name]) if name in after else "-"]
            for name, count in figures["rows"].items()
            if count or after.get(name)
        ],
        caption=said("upgrade.tables"),
    )
    told = [f"- {one}" for one in figures["differences"]] or [said("no-difference")]
    if not number:
        told.append(said("upgrade.undone"))
    opening = said("upgrade.opening", issuer=issuer.name)
    return Paper("upgrade", number, issuer, [opening], rows=rows, tables=[table], notes=told)
