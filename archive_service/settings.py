"""Frozen settings: defaults, the home's own file, a given file, then ``ARCHIVE_…`` variables."""

import json
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
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


# What pydantic found, by the word that our messages have for it.
_REASONS = {
    "extra_forbidden": "unknown",
    "list_type": "list",
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "whole"),
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), "number"),
    "string_type": "text",
    **dict.fromkeys(("bool_parsing", "bool_type"), "flag"),
    "literal_error": "choice",
    **dict.fromkeys(("greater_than", "greater_than_equal"), "small"),
    **dict.fromkeys(("less_than", "less_than_equal"), "large"),
    **dict.fromkeys(("too_short", "string_too_short"), "empty"),
    **dict.fromkeys(("too_long", "string_too_long"), "long"),
    "string_pattern_mismatch": "pattern",
    **{own: own for own in ("tilde", "network", "workers", "client", "required")},
    **dict.fromkeys(("model_type", "dict_type"), "section"),
}
# What tomllib says, in English, of a key or a section that is there already.
_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot redefine", "Cannot mutate")
_AT_LINE = re.compile(r"at line (\d+)")
_BOUNDS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
_HEADER = re.compile(r"\[+\s*([\w.\-]+)\s*\]+")
_KEY = re.compile(r"([\w.\-]+)\s*=")


class SettingsError(InputError):
    """A key that is unknown, missing or of the wrong type; nothing was started.

    Facts: ``key``, ``reason``; where they are known ``place``, a file with its line or a variable,
    ``near``, keys that are nearly called so, and ``known``, what may stand there.
    """

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


class _FileSettings(Settings):
    """What the files say, whatever variables there are."""

    @classmethod
    def settings_customise_sources(
        cls, *_: Any, **sources: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """See ``Settings.settings_customise_sources``."""
        return (sources["init_settings"],)


def load_settings(home: Path, config: Path | None = None, *, variables: bool = True) -> Settings:
    """Settings of ``home``: defaults, its own file if it has one, ``config``, then variables.

    Args:
        variables: whether they count; those of another home name its servers.

    Raises:
        SettingsError: a file that cannot be read, an unknown key, or a value of the wrong type.
    """
    home = home.absolute()
    merged = _read(DEFAULTS)
    own = (home / HOME_FILE if (home / HOME_FILE).exists() else None, config)
    files = [file for file in own if file is not None]
    for file in files:
        settings_read = _read(file)
        if "home" in settings_read:  # a command or a variable says it
            raise _wrong(key="home", reason="unknown", place=_place(["home"], files))
        merged = _merged(merged, settings_read)
    _require_known_sections()
    made_by = Settings if variables else _FileSettings
    try:
        return made_by(**(merged | {"home": home})).model_copy(update={"home": home})
    except ValidationError as wrong:
        raise _fault(wrong, files) from None
    except VariableError as wrong:
        for name, key in _not_json():
            facts = {"place": name, "known": _shipped(key)}
            raise _wrong(key=".".join(key), reason="json", **facts) from None
        raise _wrong(key=f"{_PREFIX}…", reason=str(wrong)) from None


def _wrong(
    *, key: str, reason: str, place: str = "", near: str = "", known: str = ""
) -> SettingsError:
    return SettingsError(key=key, reason=reason, place=place, near=near, known=known)


def _fault(wrong: ValidationError, files: Sequence[Path]) -> SettingsError:
    """The first one, with all that helps to put it right."""
    first = wrong.errors()[0]
    key = [str(part) for part in first["loc"]]
    reason = _REASONS.get(first["type"], first["msg"])
    facts = {"place": _place(key, files), "near": "", "known": ""}
    limits = first.get("ctx", {})
    if reason == "unknown":
        facts["near"] = ", ".join(_near(".".join(key)))
    elif reason == "choice":
        facts["known"] = str(limits.get("expected", "")).replace(" or ", ", ")
    elif bounds := [f"{sign} {limits[name]}" for name, sign in _BOUNDS.items() if name in limits]:
        facts["known"] = ", ".join(bounds)
    else:
        facts["known"] = _shipped(key)
    return _wrong(key=".".join(key), reason=reason, **facts)


def _near(key: str) -> list[str]:
    """Keys and sections that are nearly called so."""
    import difflib

    known = list(Settings.model_fields.keys() - {"home"})
    known += [f"{section}.{name}" for section in known for name in _section(section).model_fields]
    near = difflib.get_close_matches(key, known, n=3, cutoff=0.75)
    same = [other for other in known if other.rpartition(".")[2] == key.rpartition(".")[2]]
    return near or same[:3]


def _section(name: str) -> type[BaseModel]:
    section = Settings.model_fields[name].annotation
    assert isinstance(section, type) and issubclass(section, BaseModel)  # noqa: S101, PT018 - for the types
    return section


def _place(key: Sequence[str], files: Sequence[Path]) -> str:
    """The variable, else the file and the line, that say it; empty where none is found."""
    variable = f"{_PREFIX}{'__'.join(key)}".upper()
    if named := next((name for name in os.environ if name.upper() == variable), ""):
        return named
    for file in reversed(files):
        section = ""
        for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), start=1):
            if header := _HEADER.match(line.strip()):
                section = header[1]
            found = _KEY.match(line.strip())
            at = [*section.split(".")] * bool(section) + (found[1].split(".") if found else [])
            if at and at == list(key[: len(at)]) and (found or len(at) == len(key)):
                return f"{file}:{number}"
    return ""


def _shipped(key: Sequence[str]) -> str:
    """How the shipped file writes its value; empty where it is a section or unknown."""
    value: Any = _read(DEFAULTS)
    for part in key:
        value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None or isinstance(value, dict) else json.dumps(value, ensure_ascii=False)


def _not_json() -> Iterator[tuple[str, list[str]]]:
    """Variables of a list, or of names with values, that are not written as JSON."""
    for name, value in os.environ.items():
        key = name.removeprefix(_PREFIX).lower().split("__")
        if not name.startswith(_PREFIX) or len(key) != 2 or key[0] not in Settings.model_fields:
            continue
        field = _section(key[0]).model_fields.get(key[1])
        if field is not None and get_origin(field.annotation) in (list, dict):
            try:
                json.loads(value)
            except ValueError:
                yield name, key


def _require_known_sections() -> None:
    """A variable such as ARCHIVE_STORGE__COPIES names no section: it is not passed over.

    Nor is one with a single line between section and key, where there is such a key.
    """
    for name in os.environ:
        section, nested, _ = name.removeprefix(_PREFIX).partition("__")
        known = section.lower() in Settings.model_fields
        if name.startswith(_PREFIX) and nested and not known:
            near = ", ".join(_near(section.lower()))
            raise _wrong(key=name, reason="unknown", near=near)
        if name.startswith(_PREFIX) and not nested and (meant := _parted(section)):
            raise _wrong(key=name, reason="unknown", near=meant)


def _parted(name: str) -> str:
    """The variable that was meant by ``STORAGE_COPIES``; empty where no key is called so."""
    section, _, key = name.partition("_")
    is_key = section.lower() in Settings.model_fields.keys() - {"home"} and (
        key.lower() in _section(section.lower()).model_fields
    )
    return f"{_PREFIX}{section}__{key}" if is_key else ""


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Notepad begins with a mark
    except UnicodeDecodeError:
        raise _wrong(key=str(path), reason="encoding") from None
    except FileNotFoundError:
        raise _wrong(key=str(path), reason="missing") from None
    except OSError:
        raise _wrong(key=str(path), reason="unreadable") from None
    except tomllib.TOMLDecodeError as wrong:
        message = str(wrong)
        at = _AT_LINE.search(message)
        reason = "twice" if message.startswith(_TWICE) else "form"
        place = f"{path}:{at[1]}" if at else ""
        raise _wrong(key=str(path), reason=reason, place=place) from None


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in over.items():
        known = both.get(key)
        both[key] = (
            _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
        )
    return both
