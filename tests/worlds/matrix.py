"""Everybody of an archive at every door: what each was answered, and which right was asked."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule, UUIDConverter

from archive_service import access
from archive_service.accounts.acts import add_account
from archive_service.api.pieces import PIECE
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.sign_in import SignInTry
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, OTHER_AGENCY
from tests.worlds.clients import API, RESTRICTED_CODE

# Nobody signs in with these: the machine's own, and other archives' programs.
UNSIGNED = (Role.OPERATOR, Role.WORKER, Role.PARTNER)
PEOPLE = tuple(role for role in Role if role not in UNSIGNED)
OF_AN_AGENCY = (Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AGENCY_ADMIN)
_EMPTY = b"%PDF-1.4"
# Values that a form means by their names.
_MEANT: dict[str, object] = {"agency": SAMPLE_AGENCY.new_code, "year": 2025, "period": "2025"}
# What no schema can tell: a choice between fields, and bodies read past any model.
_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/batches/<batch>/edits"): {"json": {"kind": "take-all"}},
    ("POST", "/holds"): {"json": {"codes": ["X1"], "reason": "xxx", "authority": "xxx"}},
    ("POST", "/proofreading/pages/<uuid:page_id>/corrections"): {
        "json": {"words": [{"box": [0, 0, 9, 9], "was": "x", "becomes": "y"}]}
    },
    ("POST", "/submissions/from-uploads"): {
        "json": {"files": [{"upload": str(UUID(int=1)), "path": "x.pdf"}]}
    },
}
# What an address of a page asks for beside its form.
_QUERIES = {"/case-files/<code>/export": {"form": "aip"}}
_XML, _PDF = ({"data": b"x", "content_type": f"application/{kind}"} for kind in ("xml", "pdf"))
_INCOMING = "/transfers/incoming/<uuid:transfer_id>"
_BODIES |= {
    ("PATCH", f"{_INCOMING}/packages/<int:ordinal>"): {
        "data": b"x",
        "content_type": PIECE,
        "headers": {"Upload-Offset": "0"},
    },
    ("PUT", f"{_INCOMING}/manifest"): _XML,
    ("PUT", f"{_INCOMING}/register"): _XML,
    ("POST", f"{_INCOMING}/notices"): _XML,
    ("PUT", f"{_INCOMING}/minutes"): _PDF,
    ("POST", "/witness/add-checkpoint"): {"data": b"x", "content_type": "text/plain"},
}


def add_everybody(services: Services) -> dict[tuple[Role, bool], str]:
    """An account of each role; those of an agency once in the sample's, once in another.

    Role, and whether it is of the other agency → its name.
    """
    names: dict[tuple[Role, bool], str] = {}
    with services.unit_of_work() as uow:
        other = uow.session.scalars(select(Agency.id).where(Agency.code == OTHER_AGENCY)).one()
        row = uow.session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        for role in PEOPLE:
            bound = role in OF_AN_AGENCY
            for is_foreign in (False, True) if bound else (False,):
                name = f"{role.value}-{'foreign' if is_foreign else 'own'}"
                where = (other if is_foreign else row.agency_id) if bound else None
                add_account(name, role=role, actor=OPERATOR, uow=uow, agency_id=where)
                names[role, is_foreign] = name
        uow.commit()
    return names


def forget_tries(services: Services) -> None:
    """Nobody has to pause for what was wrong until now."""
    with services.writing() as session:
        session.execute(delete(SignInTry))


@dataclass
class Asked:
    """The rights that were asked since it was cleared, and those that were refused."""

    acts: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)


@contextmanager
def overheard() -> Iterator[Asked]:
    """Listen at the table of rights, whoever asks it."""
    heard = Asked()

    def listening(asks: Callable[..., Any]) -> Callable[..., Any]:
        def ask(actor: Actor, act: str, *more: Any) -> Any:
            heard.acts.add(act)
            if asks.__name__ == "not_allowed":
                heard.refused.append(act)
            return asks(actor, act, *more)

        return ask

    with pytest.MonkeyPatch.context() as patch:
        for name in ("may", "require", "require_scope", "visible", "not_allowed"):
            patch.setattr(access, name, listening(getattr(access, name)))
        yield heard


@dataclass(frozen=True)
class Answer:
    """What somebody was answered at a door."""

    status: int
    asked: frozenset[str]
    refused: str  # the right that is lacking; empty where none is
    is_empty: bool  # a list in which nothing stands
    code: str = ""  # of the problem that a program is told

    @property
    def is_closed(self) -> bool:
        """Refused for want of a right, hidden, or shown as a list of nothing."""
        return bool(self.status == 403 and self.refused) or self.status == 404 or self.is_empty


class Doors:
    """Every route of an application with what is sent to it: its own form, filled at its least."""

    def __init__(self, app: Flask, services: Services, heard: Asked) -> None:
        self._app = app
        self._heard = heard
        self._spec: dict[str, Any] = app.test_client().get(f"{API}/openapi.json").get_json()
        self._known = _known(services)
        self._bound = app.url_map.bind("localhost")

    def __iter__(self) -> Iterator[tuple[Rule, str]]:
        """Each rule with each of its methods."""
        for rule in sorted(self._app.url_map.iter_rules(), key=lambda one: one.rule):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                if rule.endpoint != "static":
                    yield rule, method

    def ask(
        self, client: FlaskClient, rule: Rule, method: str, *, form: str = "", token: str = ""
    ) -> Answer:
        """One request by this client; ``form`` is its token of forms, ``token`` a program's."""
        values = {name: self._value(rule, name) for name in rule.arguments}
        address = self._bound.build(rule.endpoint, values, method=method)
        sent = self._sent(rule, method) if address.startswith(API) else {}
        own = {"Authorization": f"Bearer {token}"} if token else {"X-CSRFToken": form}
        if not address.startswith(API) and method != "GET":
            sent = {"data": {"csrf_token": form}}
        elif rule.rule in _QUERIES:
            sent = {"query_string": _QUERIES[rule.rule]}
        self._heard.acts.clear()
        self._heard.refused.clear()
        headers = {**own, **sent.pop("headers", {})}
        answer = client.open(address, method=method, headers=headers, **sent)
        told = answer.get_json(silent=True) if answer.is_json else None
        refused = self._heard.refused[-1] if self._heard.refused else ""
        told = told if isinstance(told, dict) else {}
        nothing = answer.status_code == 200 and told.get("items") == []
        answer.close()
        code = str(told.get("code", "")) if answer.status_code >= 400 else ""
        return Answer(answer.status_code, frozenset(self._heard.acts), refused, nothing, code)

    def _value(self, rule: Rule, name: str) -> object:
        converter: BaseConverter = rule._converters[name]
        if isinstance(converter, AnyConverter):
            return min(converter.items)
        if (
            name,
            isinstance(converter, UUIDConverter),
        ) in self._known and "case-files" in rule.rule:
            return self._known[name, isinstance(converter, UUIDConverter)]
        if name == "submission_id":
            return self._known[name, True]
        if name == "document_id" and rule.rule.startswith(f"{API}/documents"):
            return self._known[name, True]
        if isinstance(converter, UUIDConverter):
            return uuid4()
        return 1 if isinstance(converter, IntegerConverter) else "X1"

    def _sent(self, rule: Rule, method: str) -> dict[str, Any]:
        if (known := _BODIES.get((method, rule.rule.removeprefix(API)))) is not None:
            return dict(known)
        path = re.sub(r"<(?:[^:<>]*:)?([^<>]+)>", r"{\1}", rule.rule)
        told = self._spec["paths"].get(path, {}).get(method.lower(), {})
        asked = [self._part(parameter) for parameter in told.get("parameters", ())]
        query = {
            one["name"]: self._named(one["name"], one["schema"])
            for one in asked
            if one["in"] == "query" and one.get("required")
        }
        kinds = told.get("requestBody", {}).get("content", {})
        sent: dict[str, Any] = {"query_string": query}
        for kind, key in (("application/json", "json"), ("multipart/form-data", "data")):
            if kind in kinds:
                return sent | {key: self._least(kinds[kind]["schema"])}
        if kinds:
            return sent | {"data": b"x", "content_type": min(kinds)}
        return sent if method == "GET" else sent | {"json": {}}

    def _part(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            found = self._spec
            for name in schema["$ref"].split("/")[1:]:
                found = found[name]
            schema = found
        return schema

    def _named(self, name: str, schema: Mapping[str, Any]) -> Any:
        return _MEANT[name] if name in _MEANT else self._least(schema)

    def _least(self, asked: Mapping[str, Any]) -> Any:
        """The least that fits a schema."""
        schema = self._part(asked)
        for key in ("allOf", "anyOf", "oneOf"):
            if key in schema:
                return self._least(schema[key][0])
        if "const" in schema or "enum" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        kind = schema.get("type")
        if kind == "object":
            needed = schema.get("required", ())
            return {name: self._named(name, schema["properties"][name]) for name in needed}
        if kind == "array":
            return [self._least(schema.get("items", {}))]
        if kind == "integer":
            return max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
        return {"number": 1, "boolean": True}.get(str(kind)) or _words(schema)


def _words(schema: Mapping[str, Any]) -> Any:
    formats: dict[str, Any] = {
        "date": "2026-01-05",
        "date-time": "2026-01-05T00:00:00Z",
        "uuid": str(uuid4()),
        "binary": (BytesIO(_EMPTY), "x.pdf"),
    }
    if "0-9a-f" in schema.get("pattern", ""):
        return "0" * 64
    return formats.get(schema.get("format", ""), "x" * max(3, schema.get("minLength", 0)))


def _known(services: Services) -> dict[tuple[str, bool], object]:
    """Names of arguments → what is held under them; whether it is an identifier."""
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        document = row.documents[0]
        return {
            ("code", False): row.code,
            ("ordinal", False): document.ordinal,
            ("document", False): document.ordinal,
            ("number", False): 1,
            ("document_id", True): document.id,
            ("file_id", True): document.files[0].id,
            ("submission_id", True): row.id,  # the submission's own
        }
