"""All signing keys for people: as the last look saw them, or opened now."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.catalogue.agencies.acts import list_agencies
from archive_service.domain.people.account import Actor
from archive_service.domain.signing.watched_key import WatchedKeyRow
from archive_service.services import Services
from archive_service.signing.keys.watch import (
    ARCHIVE,
    ROOT,
    SEAL,
    STAMP,
    WatchedKey,
    mark_of,
    open_watched,
    row_of,
    seal_keys,
    stamp_urls,
    state_of,
    watched_keys,
    watched_roots,
    watched_stamps,
)
from archive_service.signing.port import KeyCertificate
from archive_service.signing.seals.custody import holders


def list_keys(services: Services, *, actor: Actor, lang: str = "vi") -> list[dict[str, Any]]:
    """List the archive's key, all seals, the time-stamp certificate and the roots they rest on.

    Each key is opened as it is now. An agency sees its own seal; no other key is opened for it.
    """
    access.require(actor, "key:list")
    with services.read_only() as session:
        own = _own_codes(session, actor)
    keys = watched_keys(services) if actor.agency_id is None else seal_keys(services, own)
    rows = [row_of(key, services.settings.home) for key in keys]
    return _documents(services, rows, lang)


def own_certificate(services: Services, *, actor: Actor) -> KeyCertificate:
    """Of the archive's own signing key: what another archive is given to know its signature by.

    Raises:
        ActNotAllowedError
        and what opening the key raises.
    """
    access.require(actor, "key:list")
    return services.signer().certificate


def seen_keys(
    services: Services, *, actor: Actor, lang: str = "vi"
) -> tuple[list[dict[str, Any]], dt.datetime | None]:
    """The same as the last look saw them, and when the oldest of it was; ``None``: just now.

    Opened are those alone that it did not see: new ones, and those whose file or place is another
    since. What hangs on the day, as that a key has expired, is told as of now.
    """
    access.require(actor, "key:list")
    with services.read_only() as session:
        rows = {(row.use, row.name): row for row in session.scalars(select(WatchedKeyRow))}
        codes = [agency.code for agency in list_agencies(session)]
        own = _own_codes(session, actor)
        session.expunge_all()
    mine = actor.agency_id is not None
    shown: list[WatchedKeyRow] = []
    opened: list[WatchedKey] = []
    wanted = (
        [(SEAL, code) for code in own] if mine else [(ARCHIVE, ""), *((SEAL, c) for c in codes)]
    )
    for use, name in wanted:
        row = rows.get((use, name))
        if row is None or not _is_same(row, services):
            key = open_watched(services, use, name or None)
            opened.append(key)
            row = row_of(key, services.settings.home)
        shown.append(row)
    if not mine:
        shown += _stamps_and_roots(services, rows, opened)
    looked = min((row.looked_at for row in shown), default=None)
    return _documents(services, shown, lang), looked if len(opened) < len(wanted) else None


def _stamps_and_roots(
    services: Services, rows: dict[tuple[str, str], WatchedKeyRow], opened: list[WatchedKey]
) -> Iterator[WatchedKeyRow]:
    used = stamp_urls(services)
    stamps = [row for name in used if (row := rows.get((STAMP, name)))]
    if {row.name: row.url for row in stamps} != used:
        seen = list(watched_stamps(services))
        opened += seen
        stamps = [row_of(key, services.settings.home) for key in seen]
    yield from stamps
    roots = {name: row for (use, name), row in rows.items() if use == ROOT}
    for root in watched_roots(services, opened):
        roots.setdefault(root.name, row_of(root, services.settings.home))
    yield from roots.values()


def _is_same(row: WatchedKeyRow, services: Services) -> bool:
    """Whether the key still lies where it was seen, and its file is the one that was seen."""
    url = services.key_url(row.name or None)
    return row.url == url[:500] and row.mark == mark_of(url, services.settings.home)


def _own_codes(session: Session, actor: Actor) -> list[str]:
    return [agency.code for agency in list_agencies(session) if agency.id == actor.agency_id]


def _documents(services: Services, rows: list[WatchedKeyRow], lang: str) -> list[dict[str, Any]]:
    held: dict[str, list[dict[str, Any]]] = {}
    with services.read_only() as session:
        for holder in holders(session):
            facts = {
                "account": holder.account,
                "holder": holder.holder,
                "number": holder.number,
                "handed_at": clock.iso(holder.handed_at),
            }
            held.setdefault(holder.fingerprint, []).append(facts)
    days = services.settings.signing.expiry_days
    return [_document(row, days, held, lang) for row in rows]


def _document(
    row: WatchedKeyRow, days: int, held: dict[str, list[dict[str, Any]]], lang: str
) -> dict[str, Any]:
    begin, end = row.valid_from, row.valid_to
    words = messages.error(row.trouble, lang, row.facts).message if row.trouble else None
    return {
        "use": row.use,
        "name": row.name,
        "url": row.url,
        "state": state_of(begin, end, days) if begin and end else "unusable",
        "trouble": row.trouble or None,
        "trouble_words": words,
        "subject": row.subject or None,
        "issuer": row.issuer or None,
        "fingerprint": row.fingerprint or None,
        "valid_from": clock.iso(begin) if begin else None,
        "valid_to": clock.iso(end) if end else None,
        "holders": held.get(row.fingerprint, []) if row.fingerprint else [],
    }
