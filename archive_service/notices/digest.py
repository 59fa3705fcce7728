"""One letter a person and period: all that is unread, grouped by kind, in words."""

import datetime as dt
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.domain.people.account import Account, MailDigest
from archive_service.domain.people.notice import IS_UNREAD, MailRun, Notice
from archive_service.notices.inbox import kind_words, sentence, subject_line
from archive_service.notices.mail import Letter, begun_letter

# What was done to a person's own access: sent at once, whatever they chose and even when somebody
# at their account has read it meanwhile; for so long, if mail was not used before.
MAILED_ANYWAY = (
    "second-factor-asked",
    "second-factor-enrolled",
    "second-factor-added",
    "second-factor-replaced",
    "passkey-added",
    "passkey-removed",
    "passkey-ended",
    "password-reset",
    "password-changed",
    "account-enabled",
)
_ANYWAY_FOR = dt.timedelta(days=7)
ADDRESS_LEFT = "mail-address-left"  # goes to the address that mail went to before, and to no other
MOST_IN_LETTER = 100  # notices told one by one; the rest as a number
_URGENT_EVERY = dt.timedelta(minutes=10)  # urgent ones of one person are gathered so long
_PEOPLE_AT_ONCE = 500
_GOES_HERE = and_(Notice.mailed_at.is_(None), Notice.kind != ADDRESS_LEFT)
_SATURDAY = 5


def on_weekdays(day: dt.date) -> bool:
    """Monday to Friday."""
    return day.weekday() < _SATURDAY


@dataclass(frozen=True, slots=True)
class Post:
    """How letters are sent: from whom, when in the day, and where the pages are."""

    sender: str
    sender_name: str
    day_at: dt.time  # local
    base_url: str = ""  # empty: letters hold no links
    is_working_day: Callable[[dt.date], bool] = on_weekdays


def make_runs(session: Session, post: Post) -> int:
    """Fix what each person whose turn it is will be sent; returns how many letters there are.

    Who has a letter on its way gets no second one meanwhile.
    """
    now = clock.now()
    made = _make_to_left(session, now)
    whole: list[Account] = []
    soon: list[Account] = []
    for account, last_whole, last_any, anyway in session.execute(_waiting(now)).all():
        before = None if last_whole is None else clock.of_database(last_whole)
        lately = last_any is not None and now - clock.of_database(last_any) < _URGENT_EVERY
        if is_turn(account.mail_digest, before, now, post):
            whole.append(account)
        elif anyway or (account.mail_urgent and not lately):
            soon.append(account)
    made += _make(session, whole, now, urgent=False)
    return made + _make(session, soon, now, urgent=True)


def _make_to_left(session: Session, now: dt.datetime) -> int:
    """Addresses that are left are told once each, the first one first."""
    query = (
        select(Notice)
        .join(Account, Account.id == Notice.account_id)
        .where(
            Account.active,
            Account.id.not_in(select(MailRun.account_id).where(MailRun.ended_at.is_(None))),
            Notice.kind == ADDRESS_LEFT,
            Notice.mailed_at.is_(None),
            Notice.told_at > now - _ANYWAY_FOR,
        )
        .order_by(Notice.told_at, Notice.id)
    )
    if not (rows := session.scalars(query).all()):
        return 0
    theirs = MailRun.account_id.in_({row.account_id for row in rows})
    since = select(MailRun.notice_ids).where(theirs, MailRun.made_at >= rows[0].told_at)
    tried = {id_ for ids in session.scalars(since) for id_ in ids}
    made: set[UUID] = set()
    for row in rows:
        if row.account_id in made or str(row.id) in tried:
            continue
        made.add(row.account_id)
        run = MailRun(account_id=row.account_id, address=str(row.facts["left"]), urgent=True)
        run.notice_ids, run.made_at, run.next_at = [str(row.id)], now, now
        session.add(run)
    return len(made)


def _waiting(
    now: dt.datetime,
) -> Select[Account, dt.datetime | None, dt.datetime | None, bool]:
    """Who has something to be told by mail, with their last letters, and if it goes anyway."""
    last = (
        select(
            MailRun.account_id,
            func.max(case((MailRun.urgent.is_(False), MailRun.made_at))).label("whole_at"),
            func.max(MailRun.made_at).label("any_at"),
        )
        .group_by(MailRun.account_id)
        .subquery()
    )
    on_its_way = select(MailRun.account_id).where(MailRun.ended_at.is_(None))
    unsent = exists().where(Notice.account_id == Account.id, IS_UNREAD, _GOES_HERE)
    anyway = exists().where(Notice.account_id == Account.id, _goes_anyway(now))
    return (
        select(Account, last.c.whole_at, last.c.any_at, anyway)
        .outerjoin(last, last.c.account_id == Account.id)
        .where(
            Account.active,
            Account.email != "",
            or_(
                and_(or_(Account.mail_digest != MailDigest.NONE, Account.mail_urgent), unsent),
                anyway,
            ),
            Account.id.not_in(on_its_way),
        )
        .order_by(Account.name)
        .limit(_PEOPLE_AT_ONCE)
    )


def _make(session: Session, accounts: Sequence[Account], now: dt.datetime, *, urgent: bool) -> int:
    by_id = {account.id: account for account in accounts}
    wanted = and_(Notice.read_at.is_(None), _GOES_HERE)
    if urgent:
        in_time = Account.mail_urgent.is_(True)
        wanted = and_(wanted, Notice.urgent.is_(True), in_time)
    query = (
        select(Notice.account_id, Notice.id)
        .join(Account, Account.id == Notice.account_id)
        .where(Notice.account_id.in_(by_id), or_(wanted, _goes_anyway(now)))
    )
    rows = session.execute(query.order_by(Notice.account_id, Notice.told_at, Notice.id)).all()
    made = 0
    for account_id, group in groupby(rows, key=lambda row: row[0]):
        run = MailRun(
            account_id=account_id,
            address=by_id[account_id].email,
            notice_ids=[str(row[1]) for row in group],
            urgent=urgent,
            made_at=now,
            next_at=now,
        )
        session.add(run)
        made += 1
    return made


def _goes_anyway(now: dt.datetime) -> ColumnElement[bool]:
    return and_(
        Notice.kind.in_(MAILED_ANYWAY),
        Notice.mailed_at.is_(None),
        Notice.told_at > now - _ANYWAY_FOR,
    )


def is_turn(digest: MailDigest, before: dt.datetime | None, now: dt.datetime, post: Post) -> bool:
    """Whether a new period has begun since the letter ``before``.

    Each hour by the clock; each working day from the hour of the settings on.
    """
    if digest is MailDigest.NONE:
        return False
    local = clock.local(now)
    if digest is MailDigest.HOUR:
        begins = local.replace(minute=0, second=0, microsecond=0)
    else:
        begins = dt.datetime.combine(local.date(), post.day_at, tzinfo=clock.LOCAL_ZONE)
        if not post.is_working_day(local.date()) or local < begins:
            return False
    return before is None or before < begins


def notices_of(session: Session, run: MailRun, account: Account) -> list[Notice]:
    """What the letter tells: those not read meanwhile and those that go anyway, by kind.

    An address that the account left hears that it was left, while that is news, and no more.
    """
    lately = Notice.told_at > clock.now() - _ANYWAY_FOR
    goes: ColumnElement[bool] = and_(Notice.kind == ADDRESS_LEFT, lately)
    if account.email == run.address:
        goes = or_(goes, IS_UNREAD, Notice.kind.in_(MAILED_ANYWAY))
    ids = [UUID(notice_id) for notice_id in run.notice_ids]
    rows: list[Notice] = []
    for start in range(0, len(ids), _PEOPLE_AT_ONCE):
        part = ids[start : start + _PEOPLE_AT_ONCE]
        rows += session.scalars(select(Notice).where(Notice.id.in_(part), goes))
    return sorted(rows, key=lambda row: (not row.urgent, row.kind, row.told_at, str(row.id)))


def write_letter(run: MailRun, rows: Sequence[Notice], lang: str, post: Post) -> Letter:
    """The letter in plain text and simple HTML; its id is that of the run, at each try."""
    message_id = f"<{run.id}@{post.sender.rpartition('@')[2] or 'localhost'}>"
    message = begun_letter(
        (post.sender_name, post.sender),
        run.address,
        subject=_subject(rows, lang, post),
        message_id=message_id,
        at=run.made_at,
    )
    message.set_content(_plain(rows, lang, post))
    message.add_alternative(_page(rows, lang, post), subtype="html")
    return Letter(run.address, message_id, message)


def _subject(rows: Sequence[Notice], lang: str, post: Post) -> str:
    if len(rows) == 1:
        text = subject_line(rows[0], lang)
    else:
        text = messages.text("mail.subject", lang, count=len(rows))
    return " ".join(f"[{post.sender_name}] {text}".split())


def _groups(rows: Sequence[Notice], lang: str) -> list[tuple[str, list[Notice]]]:
    shown_rows = rows[:MOST_IN_LETTER]
    return [
        (kind_words(kind, lang), list(group))
        for kind, group in groupby(shown_rows, lambda row: row.kind)
    ]


def _plain(rows: Sequence[Notice], lang: str, post: Post) -> str:
    lines = [messages.text("mail.lead", lang, count=len(rows), archive=post.sender_name), ""]
    for heading, group in _groups(rows, lang):
        lines += [f"{heading} ({len(group)})", ""]
        for row in group:
            lines.append(f"- {subject_line(row, lang)}")
            lines.append(f"  {sentence(row, lang)}")
            if post.base_url and row.href:
                lines.append(f"  {_link(row.href, post)}")
        lines.append("")
    return "\n".join([*lines, *_more(rows, lang), _foot(lang, post)]) + "\n"


def _page(rows: Sequence[Notice], lang: str, post: Post) -> str:
    def said(text: str) -> str:
        return html.escape(text, quote=True)

    lead = messages.text("mail.lead", lang, count=len(rows), archive=post.sender_name)
    parts = [f'<html lang="{lang}"><body><p>{said(lead)}</p>']
    for heading, group in _groups(rows, lang):
        parts.append(f"<h3>{said(heading)} ({len(group)})</h3><ul>")
        for row in group:
            title = f"<b>{said(subject_line(row, lang))}</b>"
            if post.base_url and row.href:
                title = f'<a href="{said(_link(row.href, post))}">{title}</a>'
            parts.append(f"<li>{title}<br>{said(sentence(row, lang))}</li>")
        parts.append("</ul>")
    parts += [f"<p>{said(line)}</p>" for line in _more(rows, lang)]
    parts.append(f"<p>{said(_foot(lang, post))}</p></body></html>")
    return "\n".join(parts)


def _more(rows: Sequence[Notice], lang: str) -> list[str]:
    more = len(rows) - MOST_IN_LETTER
    return [messages.text("mail.more", lang, count=more)] if more > 0 else []


def _foot(lang: str, post: Post) -> str:
    where = _link("/notices", post) if post.base_url else ""
    return messages.text("mail.foot", lang, where=where).strip()


def _link(href: str, post: Post) -> str:
    return post.base_url.rstrip("/") + href
