"""Schedules written, loaded and adopted."""

from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service.services import Services
from retention.schedules import acts as schedules_acts
from tests.worlds.archive import person
from tests.worlds.retention.dispositions import new_otp
from tests.worlds.retention.schedule_files import TOML


def written(tmp_path: Path, text: str = TOML, name: str = "bang.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def load(services: Services, path: Path, name: str = "lan", **head: Any) -> dict[str, Any]:
    return schedules_acts.load(services, path, head, actor=person(services, name))


def adopt(services: Services, told: dict[str, Any], name: str = "hung") -> dict[str, Any]:
    actor, otp = person(services, name), new_otp(services, name)
    return schedules_acts.decide(
        services, UUID(told["id"]), adopt=True, reason="QĐ 9", otp=otp, actor=actor
    )
