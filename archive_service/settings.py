"""Frozen settings: defaults, the home's own file, a given file, then ``ARCHIVE_…`` variables."""

import os
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as VariableError

from archive_service import shipped
from archive_service.errors import InputError
from archive_service.sections import (
    AccountSettings,
    ArchiveSettings,
    BackupSettings,
    CallbackSettings,
    DatabaseSettings,
    DestructionSettings,
    DigitizeSettings,
    EvidenceSettings,
    FixitySettings,
    FormatSettings,
    JobSettings,
    LimitSettings,
    MailSettings,
    MalwareSettings,
    OcrModel,
    OidcSettings,
    ProductionSettings,
    RetentionSettings,
    ScanSettings,
    SearchSettings,
    SigningSettings,
    StorageSettings,
    TimestampSettings,
    TransferSettings,
    UseSettings,
    WebSettings,
)

# The sections that others name, beside what is made here.
__all__ = [
    "CONFIG_DIR",
    "DEFAULTS",
    "DEMO_MARK",
    "HOME_FILE",
    "PROXY_SEEN",
    "AccountSettings",
    "ArchiveSettings",
    "FixitySettings",
    "LimitSettings",
    "MailSettings",
    "MalwareSettings",
    "OcrModel",
    "RetentionSettings",
    "Settings",
    "SettingsError",
    "load_settings",
]

CONFIG_DIR = shipped.CONFIG
DEFAULTS = CONFIG_DIR / "default.toml"
_PREFIX = "ARCHIVE_"
HOME_FILE = "archive.toml"  # in a home: settings that go with it wherever it is opened
PROXY_SEEN = "proxy.seen"  # in a home: when a request last came by a proxy that no setting knows
DEMO_MARK = "demo.mark"  # in a home that `archive demo` made: there alone its toy keys count


class SettingsError(InputError):
    """A key that is unknown, missing or of the wrong type; nothing was started."""

    code = "settings-invalid"


class Settings(BaseSettings):
    """All settings of one home; see ``config/default.toml`` for each key and its unit."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    home: Path
    archive: ArchiveSettings
    database: DatabaseSettings
    storage: StorageSettings
    search: SearchSettings
    jobs: JobSettings
    malware: MalwareSettings
    mail: MailSettings
    signing: SigningSettings
    timestamp: TimestampSettings
    backup: BackupSettings
    fixity: FixitySettings
    evidence: EvidenceSettings
    retention: RetentionSettings
    destruction: DestructionSettings
    transfer: TransferSettings
    limits: LimitSettings
    formats: FormatSettings
    digitize: DigitizeSettings
    scan: ScanSettings
    callbacks: CallbackSettings
    web: WebSettings
    accounts: AccountSettings
    oidc: OidcSettings
    use: UseSettings
    production: ProductionSettings

    @property
    def key_places(self) -> list[Path]:
        """Folders of keys and of what opens them: no parser of received files reads there."""
        named = (urlsplit(url) for url in self.signing.keys)
        files = [self.home / parts.path for parts in named if parts.scheme == "pkcs12"]
        apart = {file.parent for file in files if not self.home.is_relative_to(file.parent)}
        return [self.home / "keys", *sorted(apart - {self.home / "keys"})]

    @property
    def is_demo(self) -> bool:
        """Whether `archive demo` made the home: its papers are no evidence, and say so.

        A file tells it and no setting: a variable cannot bring toy trust into a real archive.
        """
        return (self.home / DEMO_MARK).is_file()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Variables first: they win over what the files gave."""
        return env_settings, init_settings


def load_settings(home: Path, config: Path | None = None) -> Settings:
    """Settings of ``home``: defaults, its own file if it has one, ``config``, then variables.

    Raises:
        SettingsError: a file that cannot be read, an unknown key, or a value of the wrong type.
    """
    home = home.absolute()
    merged = _read(DEFAULTS)
    for file in (home / HOME_FILE if (home / HOME_FILE).exists() else None, config):
        if file is not None:
            merged = _merged(merged, _read(file))
    _require_known_sections()
    try:
        return Settings(**(merged | {"home": home})).model_copy(update={"home": home})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(key=key, reason=first["msg"]) from None
    except VariableError as wrong:  # a list that is not JSON
        raise SettingsError(key=f"{_PREFIX}…", reason=str(wrong)) from None


def _require_known_sections() -> None:
    """A variable such as ARCHIVE_STORGE__COPIES names no section: it is not passed over."""
    for name in os.environ:
        section, nested, _ = name.removeprefix(_PREFIX).partition("__")
        known = section.lower() in Settings.model_fields
        if name.startswith(_PREFIX) and nested and not known:
            raise SettingsError(key=name, reason=f"unknown section: {section.lower()}")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise SettingsError(key=str(path), reason=str(wrong)) from None


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in over.items():
        known = both.get(key)
        both[key] = (
            _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
        )
    return both
