"""The lists beside the packages of a whole holding: a catalogue, pages for a browser, digests.

Nothing of them needs this software: a spreadsheet program or ``grep`` for ``catalogue.csv``, a
browser for ``index.html``, ``sha256sum -c SHA256SUMS``.
"""

import csv
import hashlib
import html
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import IO

from archive_service import messages
from archive_service.forms.tables import harmless
from archive_service.storage.durable import sync_folder, write_whole
from archive_service.storage.work_folder import work_place

CATALOGUE, INDEX, SUMS, PAGES = "catalogue.csv", "index.html", "SHA256SUMS", "lists"
BEING_WRITTEN = ".export-"
_PAGE_ROWS = 1000  # case files on a page that a browser still opens at once
_SHOWN = ("code", "title", "state", "file", "size_bytes")
_STYLE = (
    "body{font-family:sans-serif;margin:1rem}table{border-collapse:collapse}"
    "td,th{border:1px solid #767676;padding:.3rem .5rem;text-align:left;vertical-align:top}"
    "code{font-size:.75rem;word-break:break-all}"
)


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case file in the catalogue; without a package ``file`` is empty and its size 0."""

    code: str
    title: str
    agency: str  # its identifier, as it stands in the code
    year: int
    start_date: str
    end_date: str
    state: str  # a word of ``CaseState``
    version: int
    ocfl_id: str
    file: str = ""  # below the folder, with /
    size_bytes: int = 0
    sha256: str = ""
    left_out: str = ""  # code of the refusal
    said: str = ""  # the same in words


class HoldingLists:
    """Written a row at a time; ``finish`` gives them their names, the digests last."""

    def __init__(self, folder: Path, made: Path, title: str, lang: str) -> None:
        self._folder, self._made, self._title, self._lang = folder, made, title, lang
        self._stack = ExitStack()
        self._catalogue = self._stack.enter_context(_Hashed.at(made / CATALOGUE, "utf-8-sig"))
        self._sums = self._stack.enter_context(_Hashed.at(made / SUMS, "utf-8"))
        self._page: _Page | None = None
        self._pages: list[_Page] = []
        self._catalogue.row([field.name for field in fields(ListedCase)])
        (made / PAGES).mkdir()

    def add(self, row: ListedCase) -> None:
        """One more, in the order of the codes."""
        self._catalogue.row([harmless(value) for value in astuple(row)])
        if row.file:
            self.note(row.file, row.sha256)
        if self._page is None or self._page.rows == _PAGE_ROWS:
            self._close_page()
            self._page = self._new_page()
        self._page.add(row, self._lang)

    def note(self, name: str, sha256: str) -> None:
        """Another file of the folder, whose digest goes with theirs."""
        self._sums.line(f"{sha256}  {name}")

    def finish(self, more: Mapping[str, bytes]) -> None:
        """All of them are there and durable, ``more`` too; those of an earlier run are replaced."""
        self._close_page()
        made = {CATALOGUE: self._catalogue.close()}
        made |= {page.name: page.sha256 for page in self._pages}
        for name, data in {INDEX: self._index().encode(), **more}.items():
            write_whole(self._made / name, data)
            made[name] = hashlib.sha256(data).hexdigest()
        for name, digest in made.items():
            self.note(name, digest)
        self._sums.close()
        (self._folder / PAGES).mkdir(exist_ok=True)
        for name in (*made, SUMS):
            (self._made / name).replace(self._folder / name)
        sync_folder(self._folder / PAGES)
        sync_folder(self._folder)

    def close(self) -> None:
        """Let go of what is open."""
        self._stack.close()

    def _new_page(self) -> "_Page":
        name = f"{PAGES}/{len(self._pages) + 1:04}.html"
        out = self._stack.enter_context(_Hashed.at(self._made / name, "utf-8"))
        out.line(_head(self._title, self._lang))
        heads = ({"title": "title_of"}.get(name, name) for name in _SHOWN)
        out.line(_table(messages.text(f"holding-list.{head}", self._lang) for head in heads))
        return _Page(name, out)

    def _close_page(self) -> None:
        if self._page is not None:
            self._page.out.line("</tbody></table></body></html>")
            self._page.sha256 = self._page.out.close()
            self._pages.append(self._page)
            self._page = None

    def _index(self) -> str:
        """How much there is, how to verify it, and which page has which codes."""
        files = sum(page.files for page in self._pages)
        size_bytes = sum(page.size_bytes for page in self._pages)
        rows = sum(page.rows for page in self._pages)
        facts = {"count": files, "size_bytes": size_bytes, "rows": rows}
        heads = ("page", "first", "last", "rows")
        return "\n".join(
            [
                _head(self._title, self._lang),
                f"<p>{_html_words('holds', self._lang, **facts)}</p>",
                f"<p>{_html_words('verify', self._lang)}</p>",
                f"<p>{_html_words('read', self._lang)}</p>",
                _table(messages.text(f"holding-list.{name}", self._lang) for name in heads),
                *(
                    _cells([_link(page.name), *map(_text, (page.first, page.last, page.rows))])
                    for page in self._pages
                ),
                "</tbody></table></body></html>\n",
            ]
        )


@contextmanager
def holding_lists(folder: Path, title: str, lang: str) -> Iterator[HoldingLists]:
    """Lists that appear in ``folder`` when they are finished, and not at all if they are not.

    Raises:
        WorkFolderFullError, WorkFolderFailingError: ``folder`` takes no more.
    """
    with work_place(folder, BEING_WRITTEN) as made:
        lists = HoldingLists(folder, made, title, lang)
        try:
            yield lists
        finally:
            lists.close()


class _Hashed:
    """A new text file whose digest is known when it is closed, durable by then."""

    def __init__(self, out: IO[bytes], encoding: str) -> None:
        self._out, self._hash = out, hashlib.sha256()
        self._write("".encode(encoding))  # of utf-8-sig its mark

    @classmethod
    @contextmanager
    def at(cls, path: Path, encoding: str) -> Iterator["_Hashed"]:
        with path.open("xb") as out:
            yield cls(out, encoding)

    def line(self, text: str) -> None:
        self._write(f"{text}\n".encode())

    def row(self, cells: list[object]) -> None:
        text = io.StringIO()
        csv.writer(text).writerow(cells)
        self._write(text.getvalue().encode())

    def close(self) -> str:
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        return self._hash.hexdigest()

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._hash.update(data)


class _Page:
    """A page of the list, and what the index tells of it."""

    def __init__(self, name: str, out: _Hashed) -> None:
        self.name, self.out, self.sha256 = name, out, ""
        self.rows = self.files = self.size_bytes = 0
        self.first = self.last = ""

    def add(self, row: ListedCase, lang: str) -> None:
        self.rows += 1
        self.files += bool(row.file)
        self.size_bytes += row.size_bytes
        self.first, self.last = self.first or row.code, row.code
        state = messages.label("case-states", row.state, lang)
        package = f"{_link(row.file, up='../')}<br><code>{_text(row.sha256)}</code>"
        line = (row.code, row.title, state)
        size = messages.shown(row.size_bytes, lang) if row.file else ""
        shown = [*map(_text, line), package if row.file else _text(row.said), _text(size)]
        self.out.line(_cells(shown))


def _head(title: str, lang: str) -> str:
    text = html.escape(title)
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{text}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{text}</h1>"
    )


def _table(heads: Iterable[str]) -> str:
    return f"<table><thead>{_cells(map(_text, heads), 'th')}</thead><tbody>"


def _cells(cells: Iterable[str], kind: str = "td") -> str:
    return "<tr>" + "".join(f"<{kind}>{cell}</{kind}>" for cell in cells) + "</tr>"


def _link(name: str, *, up: str = "") -> str:
    return f'<a href="{html.escape(up + name)}">{html.escape(name.rpartition("/")[2])}</a>'


def _html_words(key: str, lang: str, **facts: object) -> str:
    return html.escape(messages.text(f"holding-list.{key}", lang, **facts))


def _text(value: object) -> str:
    return html.escape(str(value))
