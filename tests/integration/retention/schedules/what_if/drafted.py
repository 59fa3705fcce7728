"""A draft of a schedule to be tried."""

from pathlib import Path
from uuid import UUID

from archive_service.services import Services
from retention.schedules import acts as schedules_acts
from tests.worlds.archive import person

HEAD = """[rule_set]
code = "nganh"
title = "Thử"
instrument = "QĐ 5/QĐ-SNV"
article = "Phụ lục"
valid_from = 2026-01-01
"""
RULE = """
[[rule]]
code = "QT-01"
title = "Công văn"
article = "mục 1"
"""


def draft(services: Services, tmp_path: Path, *terms: str) -> UUID:
    """A schedule with the entry of both case files, and so many lines more of its term."""
    path = tmp_path / "bang.toml"
    path.write_text(HEAD + RULE + "\n".join(terms), encoding="utf-8")
    return UUID(schedules_acts.load(services, path, {}, actor=person(services, "lan"))["id"])
