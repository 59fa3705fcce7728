"""The search index of many machines: Elasticsearch, which only stores and finds our words."""

import contextlib
import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from uuid import UUID

from archive_service.errors import BackendError
from search.cursor import cursor_at, offset_of
from search.digest import digests
from search.elasticsearch import query as ask
from search.elasticsearch.client import Address, Server
from search.elasticsearch.form import REWRITTEN, Json, document, entry_of, whole_document
from search.elasticsearch.turns import Gone, Turn, Turns, new_generation, read_turn
from search.hit import begun_of, hit_of
from search.port import (
    MAX_DEPTH,
    MAX_LIMIT,
    VALUE_OF,
    Begun,
    Dimension,
    Entry,
    FoundPage,
    Hit,
    Page,
    Query,
    SearchUnavailableError,
    Visibility,
)
from search.snippet import visible_snippet
from search.whole import Whole, with_wholes

_CHUNK_BYTES = 500_000  # of one bulk request; more is hardly quicker, and is held several times
_DELETE_AT_ONCE = 2_000
_GENERATIONS = 10_000  # of the case files of one batch, with those that killed processes left
# A searcher that read what counts before a change still finds the old entries for so long.
_GRACE_S = 0.2
_REWRITE_S, _LOOK_AGAIN_S = 60.0, 1.0  # how long a rewriting is waited for


def open_elasticsearch(url: str) -> "ElasticsearchIndex":
    """The index of ``elasticsearch://[user:password@]host:port/prefix?secure=1&ca=FILE&shards=N``.

    Nothing is asked of the server before the first use.
    """
    return ElasticsearchIndex(Server(Address.parse(url)))


class ElasticsearchIndex:
    """Entries of every case file under one alias; elasticsearch_turns.py tells which count."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def replace_many(self, case_file_ids: Collection[UUID], entries: Iterable[Entry]) -> None:
        """See ``SearchIndex.replace_many``."""
        beside = self.beside()
        alias = self._server.writing_alias()
        if self._server.outdated:
            (beside or self.begin_beside()).replace_many(case_file_ids, entries)
            self.take_out(case_file_ids)
            return
        if beside:
            beside.replace_many(case_file_ids, [])
        turns = Turns(self._server, alias)
        mine = {case_file_id: new_generation(case_file_id) for case_file_id in case_file_ids}
        turn = turns.announce(mine.values())
        try:
            self._write(alias, entries, mine=mine, turn=turn)
        except Exception:
            with contextlib.suppress(BackendError):  # the next attempt would do it too
                at_rest = frozenset(mine.values())
                self._delete(alias, turns, Gone(at_rest, at_rest))
            raise
        gone = self._show(alias, turns, mine.keys(), set(mine.values()))
        if gone.generations:
            time.sleep(_GRACE_S)
            self._delete(alias, turns, gone)

    def remove(self, case_file_ids: Collection[UUID]) -> None:
        """See ``SearchIndex.remove``."""
        beside = self.beside()
        both = [beside, self] if beside else [self]
        self._rewrite(
            ",".join([elasticsearch_index.take_out(case_file_ids) for elasticsearch_index in both])
        )

    def take_out(self, case_file_ids: Collection[UUID]) -> str:
        """They are not found any more; the name of the index that had them."""
        alias = self._server.writing_alias()
        turns = Turns(self._server, alias)
        self._server.refresh(alias)
        self._delete(alias, turns, self._show(alias, turns, case_file_ids, set()))
        return alias

    def holds(self, case_file_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """See ``SearchIndex.holds``."""
        ids = [str(case_file_id) for case_file_id in case_file_ids]
        alias = self._server.writing_alias()
        self._server.refresh(alias)
        body: Json = {
            "query": {
                "bool": {
                    "filter": [{"terms": {"case_file_id": ids}}],
                    "must_not": [{"term": {"whole": True}}],  # an earlier form has no such field
                }
            },
            "size": 0,
            "aggs": {"each": {"terms": {"field": "case_file_id", "size": max(len(ids), 1)}}},
        }
        buckets = self._ask(body, alias=alias)["aggregations"]["each"]["buckets"]
        return {UUID(bucket["key"]): int(bucket["doc_count"]) for bucket in buckets}

    def entries(self, case_file_ids: Collection[UUID]) -> Iterator[Entry]:
        """See ``SearchIndex.entries``."""
        return self._entries(case_file_ids)

    def contents(self, case_file_ids: Collection[UUID] | None = None) -> Iterator[tuple[UUID, str]]:
        """See ``SearchIndex.contents``."""
        yield from digests(self._entries(case_file_ids))

    def at_once(self) -> AbstractContextManager["ElasticsearchIndex"]:
        """See ``SearchIndex.at_once``; its connections are kept open anyway."""
        return contextlib.nullcontext(self)

    def search(self, query: Query) -> Page:
        """See ``SearchIndex.search``."""
        limit = max(1, min(query.limit, MAX_LIMIT))
        offset = offset_of(query)
        with self._server.reading() as client:
            turn = read_turn(client, self._server.alias)
            answer = self._ask(ask.hits(query, turn, offset=offset, limit=limit), alias=turn.index)
        found = answer["hits"]["hits"]
        total = int(answer["hits"]["total"]["value"])
        reached = offset + min(len(found), limit)
        more = len(found) > limit and reached < MAX_DEPTH
        return Page(
            max(total, offset + len(found)),
            ask.distinct(answer["aggregations"], "case_file_id"),
            self._hits([item["_source"] for item in found[:limit]], query, turn),
            cursor_at(query, reached) if more else None,
        )

    def case_files(self, query: Query) -> Iterator[UUID]:
        """See ``SearchIndex.case_files``."""
        after: Json | None = None
        while True:
            with self._server.reading() as client:
                turn = read_turn(client, self._server.alias)
            found = self._ask(ask.case_files(query, turn, after), alias=turn.index)["aggregations"][
                "case_files"
            ]
            for bucket in found["buckets"]:
                yield UUID(bucket["key"]["value"])
            after = found.get("after_key")
            if after is None:
                return

    def facets(self, query: Query) -> Mapping[Dimension, Mapping[str, int]]:
        """See ``SearchIndex.facets``."""
        with self._server.reading() as client:
            turn = read_turn(client, self._server.alias)
            answer = self._ask(ask.facets(query, turn), alias=turn.index)["aggregations"]
        return {dimension: ask.facet(answer[dimension]) for dimension in VALUE_OF}

    def known(self, words: Collection[str], visible: Visibility) -> frozenset[str]:
        """See ``SearchIndex.known``."""
        if not words:
            return frozenset()
        with self._server.reading() as client:
            turn = read_turn(client, self._server.alias)
            answer = self._ask(ask.known(words, visible, turn), alias=turn.index)
        found = answer["aggregations"]["with"]["buckets"]
        return frozenset(word for word, bucket in found.items() if bucket["doc_count"])

    def begun(self, words: Sequence[str], visible: Visibility, *, limit: int) -> Sequence[Begun]:
        """See ``SearchIndex.begun``."""
        if not words:
            return []
        with self._server.reading() as client:
            turn = read_turn(client, self._server.alias)
            answer = self._ask(ask.begun(words, visible, turn, limit), alias=turn.index)
        return [begun_of(found["_source"]) for found in answer["hits"]["hits"]]

    def counts(self, queries: Sequence[Query]) -> Sequence[int]:
        """See ``SearchIndex.counts``."""
        if not queries:
            return []
        with self._server.reading() as client:
            turn = read_turn(client, self._server.alias)
            lines: list[Json] = []
            for query in queries:
                lines += [{"allow_partial_search_results": False}, ask.total(query, turn)]
            answer = client.msearch(index=turn.index or self._server.alias, searches=lines)
        return [int(each["hits"]["total"]["value"]) for each in answer["responses"]]

    def tidy(self, seconds: float) -> None:
        """See ``SearchIndex.tidy``: the server does so by itself."""

    def clear(self) -> None:
        """See ``SearchIndex.clear``."""
        self._server.begin_anew()

    def count(self) -> int:
        """See ``SearchIndex.count``."""
        with self._server.asked() as client:
            turn = read_turn(client, self._server.alias)
            counted = client.count(
                index=turn.index or self._server.alias, query=ask.entries_that_count(turn)
            )
            return int(counted["count"])

    def identity(self) -> str:
        """See ``SearchIndex.identity``."""
        return self._server.identity()

    def is_outdated(self) -> bool:
        """See ``SearchIndex.is_outdated``."""
        return self._server.is_outdated()

    def beside(self) -> "ElasticsearchIndex | None":
        """See ``SearchIndex.beside``."""
        server = self._server.beside()
        return ElasticsearchIndex(server) if server else None

    def begin_beside(self) -> "ElasticsearchIndex":
        """See ``SearchIndex.begin_beside``."""
        return ElasticsearchIndex(self._server.begin_beside())

    def take_over(self) -> None:
        """See ``SearchIndex.take_over``."""
        self._server.take_over()

    def _entries(self, case_file_ids: Collection[UUID] | None) -> Iterator[Entry]:
        with self._server.reading() as client:
            turn = read_turn(client, self._server.alias)
        after: list[str] | None = None
        while found := self._ask(ask.entries(case_file_ids, turn, after), alias=turn.index)["hits"][
            "hits"
        ]:
            yield from (entry_of(item["_source"]) for item in found)
            after = found[-1]["sort"]

    def _hits(self, found: Sequence[Json], query: Query, turn: Turn) -> list[Hit]:
        """With the best pages of each document, where the account may read them."""
        if query.by == "page":
            return [_hit_by_page(source, query) for source in found]
        keys = [source["document_key"] for source in found if not source["reduced"]]
        if not keys or not query.words.terms:
            return [hit_of(source, snippet="", pages=1, further=()) for source in found]
        answer = self._ask(ask.best_pages(query, turn, keys), alias=turn.index)
        pages = {
            item["_source"]["document_key"]: item["inner_hits"]["pages"]["hits"]["hits"]
            for item in answer["hits"]["hits"]
        }
        held = {item["key"]: item for item in answer["aggregations"]["of"]["buckets"]}
        return [
            _hit_by_document(
                source,
                pages.get(source["document_key"], []),
                held.get(source["document_key"]),
                query,
            )
            for source in found
        ]

    def _ask(self, body: Json, *, alias: str | None = None) -> Json:
        """The hits of all shards; a silent shard makes the search fail, not smaller."""
        with self._server.asked() as client:
            answer = client.search(
                index=alias or self._server.alias,
                body=body,
                search_type="dfs_query_then_fetch",  # one ranking over all shards
                allow_partial_search_results=False,
            )
            answer_body: Json = answer.body
            return answer_body

    def _write(
        self, alias: str, entries: Iterable[Entry], *, mine: Mapping[UUID, str], turn: int
    ) -> None:
        """The last request makes all of them findable, for those who know their generation."""
        chunk: list[bytes] = []
        size = 0
        number, before = 0, None
        for item in with_wholes(entries):
            entry = item.entry if isinstance(item, Whole) else item[0]
            number = number + 1 if entry.case_file_id == before else 0
            before = entry.case_file_id
            generation = mine[before]
            place: Json = {"generation": generation, "turn": turn, "number": number}
            row = (
                whole_document(item, **place)
                if isinstance(item, Whole)
                else document(*item, **place)
            )
            chunk += [_line({"index": {"_id": f"{generation}:{number}"}}), _line(row)]
            size += len(chunk[-1])
            del item, entry, row  # a long page is not held while it is sent
            if size >= _CHUNK_BYTES:
                self._server.write(alias, chunk)
                chunk, size = [], 0
        if chunk:
            self._server.write(alias, chunk)
        self._server.refresh(alias)

    def _show(
        self, alias: str, turns: Turns, case_file_ids: Iterable[UUID], mine: AbstractSet[str]
    ) -> Gone:
        """Let ``mine`` count in place of all else of the case files."""
        ids = {str(case_file_id) for case_file_id in case_file_ids}
        counted = {"terms": {"field": "generation", "size": _GENERATIONS}}
        of_case_files: Json = {
            "filter": [{"terms": {"case_file_id": sorted(ids)}}],
            "must_not": [{"terms": {"generation": sorted(mine)}}],
        }
        body = {"query": {"bool": of_case_files}, "size": 0, "aggs": {"all": counted}}
        buckets = self._ask(body, alias=alias)["aggregations"]["all"]["buckets"]
        return turns.show(ids, mine=mine, seen={str(bucket["key"]) for bucket in buckets})

    def _rewrite(self, alias: str) -> None:
        """A deleted entry stays in its segment until that is written anew, however few they are.

        The server spares what it may still tell a copy of a shard, until it has looked again at
        what the copies have: every half a minute (its retention leases).
        """
        until = time.monotonic() + _REWRITE_S
        with self._server.asked() as client:
            client.indices.put_settings(index=alias, settings=REWRITTEN)
            while True:
                client.indices.flush(index=alias, force=True)
                client.indices.forcemerge(index=alias, only_expunge_deletes=True)
                stats = client.indices.stats(index=alias, metric="docs")
                if not stats["_all"]["total"]["docs"]["deleted"]:
                    break
                if time.monotonic() > until:
                    raise SearchUnavailableError(index=alias, detail="deleted entries are spared")
                time.sleep(_LOOK_AGAIN_S)
            client.indices.flush(index=alias, force=True)

    def _delete(self, alias: str, turns: Turns, gone: Gone) -> None:
        """Take out every entry that is gone, then forget the names of those at rest."""
        if not gone.generations:
            return
        self._server.refresh(alias)
        body: Json = {
            "query": {"terms": {"generation": sorted(gone.generations)}},
            "size": _DELETE_AT_ONCE,
            "_source": False,
        }
        while found := self._ask(body, alias=alias)["hits"]["hits"]:
            self._server.write(alias, [_line({"delete": {"_id": entry["_id"]}}) for entry in found])
            self._server.refresh(alias)
        turns.forget(gone.at_rest)


def _line(content: Json) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _hit_by_page(source: Json, query: Query) -> Hit:
    return hit_of(source, snippet=_snippet(source, query), pages=1, further=())


def _hit_by_document(source: Json, pages: Sequence[Json], held: Json | None, query: Query) -> Hit:
    if source["reduced"] or not pages:
        return hit_of(source, snippet="", pages=1, further=())
    best, *others = (page["_source"] for page in pages)
    whole = int(held["all"]["doc_count"]) if held else 0
    further = [
        FoundPage(other["page"], _snippet(other, query), other["part"])
        for other in others[: max(whole - 1, 0)]
    ]
    shown = source | {"page": best["page"], "part": best["part"]}
    return hit_of(shown, snippet=_snippet(best, query), pages=max(whole, 1), further=further)


def _snippet(source: Json, query: Query) -> str:
    return visible_snippet(source["text"], source, query)
