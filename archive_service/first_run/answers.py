"""What the person who sets up an archive answers, and what stands in its settings already."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from archive_service.domain.people.account import Role
from archive_service.errors import InputError
from archive_service.settings import Settings

NOTHING = "none:"  # of a service that the archive does without
_ROLES = (Role.ARCHIVIST, Role.HEAD, Role.AUDITOR, Role.ADMIN)


class SetupPersonError(InputError):
    """No ``ROLE:ACCOUNT``, or a role that belongs to an agency, of which there is none yet."""


@dataclass(frozen=True, slots=True)
class Person:
    """One of the first people: with which role, and by which name they sign in."""

    role: Role
    account: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> "Person":
        """Of ``ROLE:ACCOUNT[:Full name]``; ``SetupPersonError`` where it cannot be meant."""
        role, _, rest = text.partition(":")
        account, _, name = rest.partition(":")
        roles = [one.value for one in _ROLES]
        if role not in roles or not account.strip():
            raise SetupPersonError(person=text, roles=", ".join(roles))
        return cls(Role(role), account.strip(), name.strip())


@dataclass(slots=True)
class Answers:
    """All answers, as far as they are given; what is kept as it was stands here too."""

    code: str
    name: str
    superior: str
    place: str
    role: str
    copies: list[str]
    backups: list[str]
    key: str
    timestamp: str
    malware: str
    proxies: int
    base_url: str
    mail: str
    sender: str
    waived: dict[str, str]
    keys_of_agencies: list[str] = field(default_factory=list)
    passphrase: Path | None = None
    state_roots: list[Path] = field(default_factory=list)
    roots: list[Path] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)

    @classmethod
    def of(cls, settings: Settings) -> "Answers":
        """What the settings say today."""
        archive, web, mail = settings.archive, settings.web, settings.mail
        own = [url for url in settings.signing.keys if "agency=" not in url]
        return cls(
            code=archive.code,
            name=archive.name,
            superior=archive.superior,
            place=archive.place,
            role=archive.role,
            copies=list(settings.storage.copies),
            backups=list(settings.backup.targets),
            key=own[0] if own else "",
            keys_of_agencies=[url for url in settings.signing.keys if url not in own],
            timestamp=settings.timestamp.url,
            malware=settings.malware.url,
            proxies=web.proxies,
            base_url=mail.base_url,
            mail=mail.url,
            sender=mail.sender,
            waived={str(check): why for check, why in settings.production.waived.items()},
        )

    def as_settings(self) -> dict[str, dict[str, object]]:
        """Section -> key -> value of a settings file, with the secrets that URLs hold."""
        return {
            "archive": {
                "code": self.code,
                "name": self.name,
                "superior": self.superior,
                "place": self.place,
                "role": self.role,
            },
            "storage": {"copies": self.copies},
            "malware": {"url": self.malware},
            "mail": {"url": self.mail, "sender": self.sender, "base_url": self.base_url},
            "signing": {"keys": [key for key in (self.key, *self.keys_of_agencies) if key]},
            "timestamp": {"url": self.timestamp},
            "backup": {"targets": self.backups},
            "web": {
                "proxies": self.proxies,
                "secure_cookies": self.proxies > 0 or self.base_url.startswith("https:"),
            },
            "accounts": {"shell": "login"},  # an archive in earnest trusts no shell
            "production": {"waived": self.waived},
        }


def as_copy(text: str) -> str:
    """A folder as the URL of a copy; what is a URL stays one."""
    return text if urlsplit(text).scheme in {"file", "s3"} else f"file:{text}"


def has_secret(value: object) -> bool:
    """Whether a URL among the value holds a password."""
    urls = value if isinstance(value, list) else [value]
    return any(isinstance(url, str) and urlsplit(url).password for url in urls)
