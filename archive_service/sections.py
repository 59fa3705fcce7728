"""The sections of the settings: each key with its type and its bounds."""

import re
from ipaddress import ip_network
from typing import Annotated, Literal, Self, get_args
from urllib.parse import parse_qs, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

_OF_AN_ACCOUNT = re.compile(r"(?:\w+:(?://)?)?~(?:/|$)")


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True
    )

    @field_validator("*")
    @classmethod
    def _is_no_folder_of_an_account(cls, value: object) -> object:
        """No shell reads a setting: a tilde would be a folder of that name in the home."""
        folders = value if isinstance(value, list) else [value]
        if any(isinstance(folder, str) and _OF_AN_ACCOUNT.match(folder) for folder in folders):
            raise PydanticCustomError("tilde", "a path begins with ~")
        return value


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise PydanticCustomError("network", "no network") from None


def _workers(url: str) -> str:
    """``local://`` with a number of workers, and no other question, or another kind of address."""
    parts = urlsplit(url)
    options = parse_qs(parts.query, keep_blank_values=True)
    known = options.keys() <= {"workers"} and all(n.isdecimal() for n in options.get("workers", []))
    if parts.scheme == "local" and not known:
        raise PydanticCustomError("workers", "no number of workers")
    return url


class ArchiveSettings(_Section):
    """Who this instance is."""

    code: str
    name: str
    superior: str
    place: str
    role: Literal["current", "historical"]
    opening_months: int = Field(ge=1)


class DatabaseSettings(_Section):
    """Where rows live."""

    url: str
    pool_size: int = Field(ge=1)
    pool_overflow: int = Field(ge=0)
    pool_timeout_s: float = Field(gt=0)
    connect_timeout_s: int = Field(ge=2)
    statement_timeout_s: float = Field(ge=0)
    lock_timeout_s: float = Field(ge=0)
    idle_timeout_s: float = Field(ge=0)


class StorageSettings(_Section):
    """Copies and staging."""

    copies: list[str] = Field(min_length=1)
    reserve: list[str]
    lag_alarm_s: int = Field(ge=0)
    join_bytes_per_s: int = Field(ge=0)
    lock_years: int = Field(ge=1, le=100)
    lock_mode: Literal["GOVERNANCE", "COMPLIANCE"]
    erase_credentials: dict[str, str]
    staging: str
    staging_grace_s: int = Field(ge=0)


class SearchSettings(_Section):
    """The index."""

    url: str


class JobConcurrency(_Section):
    """Worker processes of this machine for each queue."""

    default: int = Field(ge=0)
    ocr: int = Field(ge=0)
    store: int = Field(ge=0)
    index: int = Field(ge=0)
    fixity: int = Field(ge=0)
    mail: int = Field(ge=0)


class JobSettings(_Section):
    """Workers and leases."""

    url: Annotated[str, AfterValidator(_workers)]
    tell_again_s: float = Field(gt=0)
    concurrency: JobConcurrency
    lease_s: float = Field(gt=0)
    max_attempts: int = Field(ge=1)
    retry_base_s: float = Field(ge=0)


class MalwareSettings(_Section):
    """The scanner, and how often what is held is scanned again."""

    url: str
    timeout_s: float = Field(gt=0)
    limit_bytes: int = Field(ge=1)
    rescan_days: int = Field(ge=0)
    rescan_budget_s: float = Field(gt=0)


class MailSettings(_Section):
    """Letters that tell notices."""

    url: str
    sender: str = Field(pattern=r"^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9.-]+$", max_length=254)
    base_url: str = Field(pattern=r"^(https?://[\x21-\x7e]+)?$")
    day_at: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    timeout_s: float = Field(gt=0)
    silent_after_s: float = Field(ge=0)


class SigningSettings(_Section):
    """Signing keys."""

    keys: list[str]
    expiry_days: int = Field(ge=0)
    fetch_revocation: bool


_Stamps = Annotated[
    str, BeforeValidator(lambda url: url or "none:"), Field(pattern=r"^(none:|demo:|https?://\S+)$")
]


class TimestampSettings(_Section):
    """The time-stamp authority, and a second one for the log of events; empty is none."""

    url: _Stamps
    second_url: _Stamps


class BackupSettings(_Section):
    """Backups: where to, what goes with them, and where their keys are kept apart."""

    targets: list[str]
    objects: bool
    encrypt: bool
    keys: str
    keys_copies: list[str]
    drill_folder: str
    drill_sample: int = Field(ge=1)


class FixitySettings(_Section):
    """The calendar by which every copy is read again, and how hard its store is worked."""

    every_days: int = Field(ge=1)
    every_days_of: dict[str, int]
    bytes_per_s: int = Field(ge=0)
    threads: int = Field(ge=0)
    slice_s: float = Field(gt=0)
    heal: bool


class EvidenceSettings(_Section):
    """Who outside remembers how long the trail was."""

    witnesses: list[str]
    give_to: list[str]
    mail_to: list[str]
    witnesses_wanted: int = Field(ge=0)


class RetentionSettings(_Section):
    """Notices before the end of a term, and when a clock is no longer believed."""

    notice_days: list[int]
    clock_apart_s: float = Field(ge=0)
    clock_leap_days: int = Field(ge=7)


class DestructionSettings(_Section):
    """Whether destruction waits for signatures; when a server writes its tables anew."""

    unsigned: Annotated[str, Field(pattern=r"^(\S.*\S)?$", max_length=300)]
    rewrite_at_once_bytes: int = Field(ge=0)
    rewrite_hours: list[Annotated[int, Field(ge=0, le=23)]] = Field(min_length=2, max_length=2)
    rewrite_lock_timeout_s: float = Field(gt=0)


_HOUR = r"([01][0-9]|2[0-3]):[0-5][0-9]"


class TransferSettings(_Section):
    """Handing case files to the historical archive, and taking them in by network."""

    cooling_off_months: int = Field(ge=3, le=1200)
    receiver: str = Field("", max_length=300)
    folder: str = Field(min_length=1)
    disks: list[str]
    bandwidth_bytes_per_s: int = Field(ge=0)
    hours: str = Field(pattern=rf"^({_HOUR}-{_HOUR})?$")
    connections: int = Field(ge=1, le=32)
    timeout_s: float = Field(gt=0)
    identity: str
    keep_free_bytes: int = Field(ge=0)
    deliveries_per_day: int = Field(ge=1, le=1000)
    remind_days: int = Field(ge=0, le=366)


class LimitSettings(_Section):
    """What a sender may send; each with its unit in the name."""

    submission_bytes: int = Field(ge=1)
    file_bytes: int = Field(ge=1)
    file_count: int = Field(ge=1)
    unpacked_ratio: int = Field(ge=1)
    name_bytes: int = Field(ge=1)
    upload_bytes_per_account: int = Field(ge=1)
    upload_count_per_account: int = Field(ge=1)
    page_count: int = Field(ge=1)
    page_pixels: int = Field(ge=1)
    parser_s: float = Field(gt=0)
    parser_mib: int = Field(ge=1)


OcrModel = Literal["best_int", "fast"]


class FormatSettings(_Section):
    """Validators of formats."""

    verapdf: list[str]


class DigitizeSettings(_Section):
    """OCR."""

    model: OcrModel
    model_dir: str
    fast_model_dir: str
    processes: int = Field(ge=0)
    doubtful_below: float = Field(ge=0, le=100)
    hard_below: float = Field(ge=0, le=100)
    page_s: float = Field(gt=0, le=600)
    sample_from: int = Field(ge=1)
    take_equal_from: float = Field(ge=0, le=100)
    sign_copies: Literal["off", "wait"]


class ScanSettings(_Section):
    """When a watched folder's files count as whole."""

    settle_s: float = Field(ge=0)
    rest_s: float = Field(gt=0)
    marker: str = Field(min_length=1)


class CallbackSettings(_Section):
    """Where systems may ask to be told of what they handed in."""

    hosts: list[str]
    timeout_s: float = Field(gt=0)


class WebSettings(_Section):
    """Processes, sessions and cookies."""

    processes: int = Field(ge=1)
    threads: int = Field(ge=1)
    head_s: float = Field(gt=0)
    stall_s: float = Field(gt=0)
    slowest_bytes_per_s: int = Field(ge=1)
    form_s: float = Field(gt=0)
    upload_s: float = Field(gt=0)
    proxies: int = Field(ge=0)
    inside: list[Annotated[str, AfterValidator(_network)]]
    admitted: list[Annotated[str, AfterValidator(_network)]]
    ask_timeout_s: float = Field(gt=0)
    session_idle_s: int
    session_max_s: int
    idle_account_days: int
    old_draft_days: int = Field(ge=1)
    secure_cookies: bool


_Person = Literal[
    "officer", "clerk", "archivist", "head", "agency-head", "agency-admin", "reader", "admin",
    "auditor",
]  # fmt: skip


_ROLES = "|".join(get_args(_Person))


class AccountSettings(_Section):
    """Signing in."""

    second_factor: list[_Person]
    inside_only: list[_Person]
    proof_minutes: int = Field(ge=1)
    applications_open: int = Field(ge=1)
    applications_per_address: int = Field(ge=1)
    application_days: int = Field(ge=0)
    rights_wait_days: int = Field(ge=1)
    password_once_hours: int = Field(ge=1)
    password_length: int = Field(ge=8)
    password_classes: int = Field(ge=1, le=4)
    password_long: int = Field(ge=8)
    password_history: int = Field(ge=0, le=24)
    password_days: list[Annotated[str, Field(pattern=rf"^({_ROLES}):[1-9][0-9]{{0,3}}$")]]
    password_words: list[str]
    shell: Literal["trusted", "login"]


class OidcSettings(_Section):
    """The identity provider that people sign in at; without ``issuer`` there is none."""

    issuer: Annotated[
        str,
        Field(
            pattern=r"^(https://[\x21-\x7e]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?(/[\x21-\x7e]*)?)?$",
            max_length=500,
        ),
    ]
    client_id: str
    client_secret: str
    required: bool
    local_accounts: list[str] = Field(max_length=2)
    trusted_factors: list[Annotated[str, Field(min_length=1)]]
    authorities: str
    timeout_s: float = Field(gt=0)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Nobody is locked out by a half-filled section."""
        if self.issuer and not self.client_id:
            raise PydanticCustomError("client", "client_id is missing")
        if self.required and not (self.issuer and len(set(self.local_accounts)) == 2):
            raise PydanticCustomError("required", "no issuer, or not two local_accounts")
        return self


class UseSettings(_Section):
    """What readers are given."""

    pages_per_minute: int = Field(ge=1)
    copy_days: int = Field(ge=1, le=15)


_Need = Literal[
    "copies",
    "backup",
    "malware",
    "key",
    "timestamp",
    "state-root",
    "trial-root",
    "proxies",
    "sandbox",
    "shell",
    "trail",
]


class ProductionSettings(_Section):
    """What an archive does without, and why."""

    waived: dict[_Need, Annotated[str, Field(pattern=r"\S{2}.*\S")]]
