"""Biên bản nâng cấp: what was compared before and after a change of release, and what was found."""

from collections.abc import Iterator, Mapping
from typing import Any

from archive_service import clock, messages
from archive_service.forms import words
from archive_service.forms.signed_paper import Issuer, Paper, PaperTable, said
from archive_service.recovery.upgrade.demo_trust import Withdrawn

_LISTED = 500  # lines on the paper; the act lists all


def upgrade_minutes(
    figures: Mapping[str, Any],
    issuer: Issuer,
    *,
    number: str,
    by: str,
    withdrawn: Withdrawn | None = None,
) -> Paper:
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
    lines = [f"- {difference}" for difference in figures["differences"]] or [said("no-difference")]
    if not number:
        lines.append(said("upgrade.undone"))
    opening = said("upgrade.opening", issuer=issuer.name)
    tables = [table, *_withdrawn(withdrawn)] if withdrawn else [table]
    return Paper("upgrade", number, issuer, [opening], rows=rows, tables=tables, notes=lines)


def _withdrawn(found: Withdrawn) -> Iterator[PaperTable]:
    """What was signed, stamped or called trusted by the demo's authority."""
    if found.papers:
        yield PaperTable(
            heads=[said(f"upgrade.{head}") for head in ("paper", "made", "digest")],
            widths=(1.4, 1.0, 2.2),
            rows=[
                [
                    " ".join(filter(None, (_kind(paper["kind"]), paper["number"]))),
                    words.moment(clock.parse_iso(paper["at"])),
                    paper["sha256"],
                ]
                for paper in found.papers[:_LISTED]
            ],
            caption=said("upgrade.demo-papers", count=words.count(len(found.papers))),
        )
    if found.signatures:
        yield PaperTable(
            heads=[said(f"upgrade.{head}") for head in ("document", "file", "signer")],
            widths=(1.4, 1.4, 1.4),
            rows=[
                [
                    f"{signature['code']} ({signature['document']})",
                    signature["file"],
                    signature["signer"],
                ]
                for signature in found.signatures[:_LISTED]
            ],
            caption=said("upgrade.demo-signatures", count=words.count(len(found.signatures))),
        )


def _kind(kind: str) -> str:
    return messages.label("signed-paper-kind", kind)
