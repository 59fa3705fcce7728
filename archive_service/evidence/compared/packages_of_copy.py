"""Packages of one copy alone: the inventory of each version is the one that the trail tells of."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any

from archive_service import clock
from archive_service.audit import parse_json
from archive_service.db.rolled_back import BROUGHT_BACK
from archive_service.evidence.compared.packages import CLAIMED
from archive_service.evidence.compared.told_acts import OVERLAP
from archive_service.evidence.log_of_rows import BUILT, ToldVersions
from archive_service.storage.fixity.verdict import printable_key
from archive_service.storage.ocfl.inventory import INVENTORY
from archive_service.storage.ocfl.root import OCFL_ROOT, object_root, read
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, ObjectUnreadableError

_OF_VERSION = re.compile(rf"{OCFL_ROOT}/.+/(v\d+)/{re.escape(INVENTORY)}")
_EVER = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)


class PackagesOfCopy:
    """What the segments of a copy tell of versions, and which of them it holds."""

    def __init__(self) -> None:
        self.told = ToldVersions()
        self._claimed: set[str] = set()
        self._last = _EVER
        # Moments of versions whose event may be lost or told no digest: first and last.
        self._untold: list[tuple[dt.datetime, dt.datetime]] = []

    def take(self, number: int, event: dict[str, Any]) -> None:
        """The next event.

        Raises:
            LookupError, TypeError, ValueError, AttributeError: it is of another shape.
        """
        tag, subject, data = event["tag"], event["subject_id"], event["data"]
        at = clock.parse_iso(event["at"])
        self.told.take(number, tag, subject, data)
        if tag == CLAIMED:
            self._claimed.add(subject)
        if tag in BROUGHT_BACK:
            self._untold.append((self._last - OVERLAP, at))
        elif tag == BUILT and not data.get("inventory_sha256"):
            self._untold.append((_EVER, at))
        self._last = max(self._last, at)

    def differing(self, copy: ObjectStore) -> Iterator[str]:
        """Inventories that no event tells of, or in another's place; and those not there."""
        inventories = {version.inventory for version in self.told.by_key.values()}
        lacking = {
            self.told.by_key[key].inventory: f"{key[0]} v{key[1]}"
            for key in self.told.stored
            if key[0] not in self._claimed
        }
        lacking.pop("", None)
        for key in copy.iter_keys(f"{OCFL_ROOT}/"):
            found = _OF_VERSION.fullmatch(key)
            if found is None:
                continue
            with suppress(ObjectNotFoundError, ObjectUnreadableError):
                data = read(copy, key)
                digest = sha256(data).hexdigest()
                lacking.pop(digest, None)
                if not self._fits(key, found[1], data, is_told=digest in inventories):
                    yield printable_key(key)
        yield from lacking.values()

    def _fits(self, key: str, version: str, data: bytes, *, is_told: bool) -> bool:
        try:
            inventory = parse_json(data)
            place = f"{object_root(inventory['id'])}/{inventory['head']}/{INVENTORY}"
            created = clock.parse_iso(inventory["versions"][version]["created"])
        except (LookupError, TypeError, ValueError, AttributeError):
            return False
        return place == key and (is_told or self._may_lack_its_event(created))

    def _may_lack_its_event(self, created: dt.datetime) -> bool:
        """A version lies in a copy before the segment that tells of it."""
        windows = [*self._untold, (self._last - OVERLAP, dt.datetime.max.replace(tzinfo=dt.UTC))]
        return any(first <= created <= last for first, last in windows)
