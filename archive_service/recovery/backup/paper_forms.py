"""The four papers of TT 05/2025/TT-BNV PL VII, filled from the runs of backup.

Of the annex only the names of its forms were at hand; what each says is our reading of them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from archive_service.domain.keeping.backup_run import BackupRun
from archive_service.forms import words
from archive_service.forms.signed_paper import Issuer, Paper, PaperTable, said
from archive_service.recovery.backup.documents import InspectedMedium

_LOG = ("number", "at", "kind", "media", "amount", "outcome", "by")
_LOG_WIDTHS = (0.5, 1.3, 1.0, 1.6, 1.2, 0.9, 1.0)


def backup_minutes(
    run: BackupRun, issuer: Issuer, *, number: str, counts: Mapping[str, int], citation: str
) -> Paper:
    """Biên bản sao lưu of one run."""
    rows = [
        (said("kind"), said(f"kinds.{run.kind}")),
        (said("set"), run.name),
        (said("media"), run.media),
        (said("started"), words.moment(run.started_at)),
        *([(said("ended"), words.moment(run.ended_at))] if run.ended_at else []),
        (said("amount"), _amount(run)),
        (said("rows"), words.count(counts.get("rows", 0))),
        (
            said("objects"),
            said(
                "objects-held" if run.with_objects else "objects-listed",
                objects=words.count(counts.get("objects", 0)),
                files=words.count(counts.get("object_files", 0)),
                size=words.size(counts.get("object_bytes", 0)),
            ),
        ),
        (said("result"), said("read-back")),
        (said("by"), run.run_by),
    ]
    return Paper(
        form="minutes",
        number=number,
        issuer=issuer,
        opening=[said("minutes.opening", issuer=issuer.name, citation=citation)],
        rows=rows,
        sha256=run.manifest_sha256,
    )


def backup_log(
    runs: Sequence[BackupRun],
    issuer: Issuer,
    *,
    number: str,
    span: tuple[dt.date, dt.date],
    citation: str,
) -> Paper:
    """Sổ theo dõi sao lưu: every run of the time, failed ones as well."""
    first, last = (words.day(day) for day in span)
    table = PaperTable(
        heads=[said(f"heads.{head}") for head in _LOG],
        widths=_LOG_WIDTHS,
        rows=[
            [
                str(place),
                words.moment(run.started_at),
                said(f"kinds.{run.kind}"),
                f"{run.media} {run.name}".strip(),
                _amount(run),
                said(f"outcomes.{run.outcome}"),
                run.run_by,
            ]
            for place, run in enumerate(runs, 1)
        ],
    )
    opening = said(
        "log.opening",
        issuer=issuer.name,
        first=first,
        last=last,
        runs=words.count(len(runs)),
        citation=citation,
    )
    return Paper("log", number, issuer, [opening], tables=[table])


def inspection_minutes(
    media: Sequence[InspectedMedium], issuer: Issuer, *, number: str, citation: str
) -> Paper:
    """Biên bản kiểm tra: each medium with the newest set, read whole, and what was found."""
    table = PaperTable(
        heads=[said(f"heads.{head}") for head in ("media", "set", "amount", "outcome")],
        widths=(1.4, 1.4, 1.2, 1.4),
        rows=[
            [
                medium.media,
                medium.set or "",
                said(
                    "files-and-size",
                    files=words.count(medium.files or 0),
                    size=words.size(medium.size_bytes or 0),
                ),
                said("intact") if medium.ok else said("not-intact", reason=medium.words),
            ]
            for medium in media
        ],
    )
    opening = said("inspection.opening", issuer=issuer.name, citation=citation)
    return Paper("inspection", number, issuer, [opening], tables=[table])


def recovery_minutes(
    figures: Mapping[str, Any], issuer: Issuer, *, number: str, citation: str
) -> Paper:
    """Biên bản sự cố và phục hồi; a drill (diễn tập) is one without an incident.

    ``figures``: ``{source, started_at, ended_at, objects, files, size_bytes, seconds, compared,
    equal, differences, held_bytes}``; the last tells how long all of the holdings would take.
    """
    seconds = max(float(figures["seconds"]), 0.001)
    rate = int(figures["size_bytes"] / seconds)
    rows = [
        (said("source"), str(figures["source"])),
        (said("started"), words.moment(figures["started_at"])),
        (said("ended"), words.moment(figures["ended_at"])),
        (
            said("restored"),
            said(
                "objects-held",
                objects=words.count(int(figures["objects"])),
                files=words.count(int(figures["files"])),
                size=words.size(int(figures["size_bytes"])),
            ),
        ),
        (said("took"), said("seconds", seconds=_decimal(seconds), rate=words.size(rate))),
        (said("whole"), _whole(figures, rate)),
        (said("compared"), words.count(int(figures["compared"]))),
        (said("equal"), words.count(int(figures["equal"]))),
    ]
    differences = list(figures["differences"])
    lines = [f"- {difference}" for difference in differences] or [said("no-difference")]
    opening = said("recovery.opening", issuer=issuer.name, citation=citation)
    return Paper("recovery", number, issuer, [opening], rows=rows, notes=lines)


def restore_minutes(run: BackupRun, issuer: Issuer, *, number: str, citation: str) -> Paper:
    """Biên bản sự cố và phục hồi of a restore in earnest; ``run`` has ended, its facts tell all."""
    facts: Mapping[str, Any] = run.facts
    seconds = max(float(facts["seconds"]), 0.001)
    rate = int(run.size_bytes / seconds)
    rows = [
        (said("source"), f"{run.media} {run.name}"),
        (said("started"), words.moment(run.started_at)),
        (said("ended"), words.moment(run.ended_at) if run.ended_at else ""),
        (
            said("restored"),
            said(
                "objects-held",
                objects=words.count(int(facts["objects"])),
                files=words.count(run.files),
                size=words.size(run.size_bytes),
            ),
        ),
        (said("rows"), words.count(int(facts["rows"]))),
        (said("took"), said("seconds", seconds=_decimal(seconds), rate=words.size(rate))),
        (said("compared"), words.count(run.files)),
        (said("equal"), words.count(run.files)),
        (said("by"), run.run_by),
    ]
    lines = [said("restore-equal")]
    lines += [said("destroyed-again", code=code) for code in facts["destroyed"]]
    if facts["taken_up"]:
        lines.append(said("taken-up", count=words.count(int(facts["taken_up"]))))
    lines += [said("to-bring", what=what) for what in facts["bring"]]
    opening = said("restore.opening", issuer=issuer.name, citation=citation)
    return Paper("restore", number, issuer, [opening], rows=rows, notes=lines)


def _whole(figures: Mapping[str, Any], rate: int) -> str:
    held = int(figures["held_bytes"])
    minutes = held / max(rate, 1) / 60
    return said("whole-took", size=words.size(held), minutes=_decimal(minutes))


def _amount(run: BackupRun) -> str:
    return said("files-and-size", files=words.count(run.files), size=words.size(run.size_bytes))


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")
