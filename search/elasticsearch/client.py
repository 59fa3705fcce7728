"""The server behind the index: its address, its troubles in our words, and the index by name."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import elasticsearch

from search.elasticsearch.form import FORM, Json, lacks_a_field, mappings, settings
from search.port import (
    SearchFullError,
    SearchIndexDamagedError,
    SearchIndexOldError,
    SearchUnavailableError,
)

_TIMEOUT_S = 30.0
_WRITING_S = 120.0  # a bulk request, a refresh, a new index
_RETRIES = 1  # a connection that was kept open over a restart of the server
_TRIES = 5
_ANSWERED_S = 1.0  # how long searches that began before another took over are still answered


@dataclass(frozen=True, slots=True)
class Address:
    """``elasticsearch://[user:password@]host:port/prefix?secure=1&ca=FILE&shards=N``."""

    server: str
    account: tuple[str, str] | None
    ca_file: str | None
    prefix: str
    shards: int

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Without ``secure=1`` in plain HTTP; ``shards`` counts for an index that begins."""
        parts = urlsplit(url)
        given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        scheme = "https" if given.get("secure", "").lower() in ("1", "true", "yes") else "http"
        account = (
            (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        )
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return cls(
            server=f"{scheme}://{host}:{parts.port or 9200}",
            account=account,
            ca_file=given.get("ca"),
            prefix=parts.path.strip("/").lower() or "archive",
            shards=int(given.get("shards", "1")),
        )


class Server:
    """One index of the server: ``alias`` is for readers and names whatever index is in use.

    Each index also has an alias of its own, with its identity: who writes keeps to that one, so
    that no write begun before the index was made anew reaches the new one.
    """

    def __init__(self, address: Address) -> None:
        # Every failure comes to us as an error; its own lines would tell it once more, at length.
        logging.getLogger("elastic_transport").setLevel(logging.CRITICAL)
        self._address = address
        secured: Json = {"ca_certs": address.ca_file} if address.ca_file else {}
        self._client = elasticsearch.Elasticsearch(
            address.server,
            basic_auth=address.account,
            request_timeout=_TIMEOUT_S,
            max_retries=_RETRIES,
            **secured,
        )
        self.alias = f"{address.prefix}-entries"
        self._seen = False
        self.outdated = False  # when it was looked at last
        self._lacking = False

    @contextmanager
    def asked(self, *, first: bool = True) -> Iterator[elasticsearch.Elasticsearch]:
        """The client; its errors become ours. The ``first`` use makes an index if there is none."""
        try:
            if first and not self._seen:
                self._current()
            yield self._client
        except elasticsearch.ApiError as error:
            raise self._error_of(error) from error
        except elasticsearch.TransportError as error:
            detail = str(error.message)[:300]
            raise SearchUnavailableError(index=self.alias, detail=detail) from error

    @contextmanager
    def reading(self) -> Iterator[elasticsearch.Elasticsearch]:
        """As ``asked``: the server finds nothing where a field is unknown, and says nothing.

        Raises:
            SearchIndexOldError: the index is of another form, without a field of today's.
        """
        with self.asked() as client:
            if self.outdated:
                self._current()
            if self._lacking:
                raise SearchIndexOldError(index=self.alias)
            yield client

    def identity(self) -> str:
        """Of the index in use; where there is none, or none of ours, it is made."""
        with self.asked(first=False):
            return self._current()

    def is_outdated(self) -> bool:
        """Whether the index in use is of another form than today's."""
        self.identity()
        return self.outdated

    def writing_alias(self) -> str:
        """The name of just the index in use now."""
        return f"{self.alias}-{self.identity()}"

    def beside(self) -> "Beside | None":
        """The index that is being filled, if there is one of today's form."""
        with self.asked(first=False) as client:
            try:
                found = client.indices.get_mapping(index=f"{self.alias}-beside")
            except elasticsearch.NotFoundError:
                return None
        meta = [index["mappings"].get("_meta", {}) for index in found.values()]
        return Beside(self._address) if [index.get("form") for index in meta] == [FORM] else None

    def begin_beside(self) -> "Beside":
        """An empty one under an alias of its own, in place of all that nobody uses."""
        with self.asked() as client:
            identity = str(uuid4())
            name = f"{self.alias}-v1-{identity[:8]}"
            self._make(name, identity, first=False)
            found = client.indices.get(index=f"{self.alias}-v1*")
            unused = sorted(
                index
                for index, about in found.items()
                if index != name and self.alias not in about["aliases"]
            )
            actions: list[Json] = [{"remove_index": {"index": index}} for index in unused]
            actions.append({"add": {"index": name, "alias": f"{self.alias}-beside"}})
            client.indices.update_aliases(actions=actions)
        return Beside(self._address)

    def take_over(self) -> None:
        """Give the alias to the index beside; the old one takes nothing in from that moment.

        It goes a moment later, for searches that have begun in it.
        """
        with self.asked(first=False) as client:
            beside = f"{self.alias}-beside"
            try:
                (name,) = client.indices.get_alias(name=beside)
            except elasticsearch.NotFoundError as error:
                detail = "none is filled beside it"
                raise SearchUnavailableError(index=self.alias, detail=detail) from error
            old = client.indices.get_alias(name=self.alias)
            actions: list[Json] = [
                {"remove": {"index": index, "aliases": sorted(about["aliases"])}}
                for index, about in old.items()
            ]
            actions.append({"remove": {"index": name, "alias": beside}})
            actions.append({"add": {"index": name, "alias": self.alias}})
            client.indices.update_aliases(actions=actions)
            time.sleep(_ANSWERED_S)
            client.indices.delete(index=sorted(old), ignore_unavailable=True)

    def begin_anew(self) -> None:
        """An empty index takes the place of every other one of ours, in one step."""
        with self.asked(first=False):
            self._begin_anew()

    def write(self, alias: str, operations: list[bytes]) -> None:
        """Send one bulk request; deleting an entry that is not there is no error."""
        with self.asked() as client:
            answer = client.bulk(
                index=alias, operations=cast("Any", operations), require_alias=True
            )
            if not answer["errors"]:
                return
            for item in answer["items"]:
                ((_, outcome),) = item.items()
                if "error" in outcome:
                    raise self._refusal(int(outcome["status"]), outcome["error"])

    def refresh(self, alias: str) -> None:
        """Make written entries visible to searches."""
        with self.asked() as client:
            client.options(request_timeout=_WRITING_S).indices.refresh(index=alias)

    def _current(self) -> str:
        for _ in range(_TRIES):
            try:
                found = self._client.indices.get_mapping(index=self.alias)
            except elasticsearch.NotFoundError:
                self._make(f"{self.alias}-v1", str(uuid4()), first=True)
                continue
            meta = [index["mappings"].get("_meta", {}) for index in found.values()]
            if len(meta) == 1 and "identity" in meta[0]:
                self._seen, self.outdated = True, meta[0].get("form") != FORM
                self._lacking = any(lacks_a_field(index["mappings"]) for index in found.values())
                return str(meta[0]["identity"])
            self._begin_anew()
        raise SearchIndexDamagedError(index=self.alias, detail="the index cannot be made")

    def _make(self, name: str, identity: str, *, first: bool) -> None:
        aliases: Json = {f"{self.alias}-{identity}": {}}
        if first:
            aliases[self.alias] = {}
        try:
            self._client.options(request_timeout=_WRITING_S).indices.create(
                index=name,
                settings=settings(self._address.shards),
                mappings=mappings(identity),
                aliases=aliases,
            )
        except elasticsearch.BadRequestError as error:
            if not first or error.error != "resource_already_exists_exception":
                raise
            if not self._client.indices.exists_alias(name=self.alias):
                self._begin_anew()  # its alias was taken away

    def _begin_anew(self) -> None:
        for _ in range(_TRIES):
            identity = str(uuid4())
            name = f"{self.alias}-v1-{identity[:8]}"
            self._make(name, identity, first=False)
            pattern = f"{self.alias},{self.alias}-v1*"
            found = self._client.indices.get(index=pattern, ignore_unavailable=True)
            old = sorted(index for index in found if index != name)
            actions: list[Json] = [{"remove_index": {"index": index}} for index in old]
            actions.append({"add": {"index": name, "alias": self.alias}})
            try:
                self._client.indices.update_aliases(actions=actions)
            except elasticsearch.NotFoundError:  # another process did the same at this moment
                self._client.indices.delete(index=name, ignore_unavailable=True)
                continue
            self._seen = True
            return
        raise SearchUnavailableError(index=self.alias, detail="it is being made anew elsewhere")

    def _error_of(self, error: elasticsearch.ApiError) -> Exception:
        cause = error.body.get("error") if isinstance(error.body, dict) else None
        return self._refusal(error.meta.status, cause or str(error))

    def _refusal(self, status: int, cause: Any) -> Exception:
        """Our error for an error of the server."""
        kind, reason = (
            (cause.get("type"), cause.get("reason")) if isinstance(cause, dict) else ("", cause)
        )
        facts = {"index": self.alias, "detail": f"{status} {kind} {reason}"[:300]}
        if kind == "cluster_block_exception" and "read-only" in str(reason):
            return SearchFullError(**facts)
        if kind == "index_not_found_exception":
            self._seen = False
        if status in (401, 403, 405, 408, 409, 429) or status >= 500:
            return SearchUnavailableError(**facts)
        return SearchIndexDamagedError(**facts)


class Beside(Server):
    """The index that is filled to take the place of the one in use."""

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self._own = self.alias
        self.alias = f"{self.alias}-beside"

    def writing_alias(self) -> str:
        """The name of just this index."""
        return f"{self._own}-{self.identity()}"

    def _current(self) -> str:
        """It is never made by being asked for."""
        try:
            (index,) = self._client.indices.get_mapping(index=self.alias).values()
        except elasticsearch.NotFoundError as error:
            detail = "another was begun, or took over"
            raise SearchUnavailableError(index=self.alias, detail=detail) from error
        self._seen = True
        return str(index["mappings"]["_meta"]["identity"])
