"""The description of the API: OpenAPI 3.1, with problem documents and both ways to sign in."""

from typing import Any

from apiflask import APIFlask

from archive_service.api.errors import MEDIA_TYPE
from archive_service.api.idempotency import HEADER, MAX_LENGTH, REPLAYED
from archive_service.api.request import PREFIX
from archive_service.problem import ProblemDocument

_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "A station's or system's token."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "archive_session",
        "description": "A person's session; changing requests also carry X-CSRFToken.",
    },
}
# Bodies that are read as a stream, past any model; each room adds its own.
STREAMED: dict[tuple[str, str], dict[str, Any]] = {}
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": f"Sent again with it within a day, the same request is done once; {REPLAYED}.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": "^[ -~]+$"},
}
_OWN_WAY = f"{PREFIX}/uploads"  # the protocol of uploads begins anew; what is begun is let go
_PARTS = "#/components/schemas/"


def install(app: APIFlask) -> None:
    """Version, ways to sign in, and what every operation may answer."""
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        AUTO_TAGS=True,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
    )
    app.security_schemes = _SECURITY
    app.spec_processor(_complete)


def _complete(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
    """Every operation may refuse with a problem document; whatever creates takes a key."""
    if isinstance(spec, str):
        return spec
    spec["security"] = [{name: []} for name in _SECURITY]
    # A resource that several files answer for is one tag.
    spec["tags"] = list({tag["name"]: tag for tag in spec.get("tags", [])}.values())
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    problem = ProblemDocument.model_json_schema(ref_template=f"{_PARTS}{{model}}")
    for name, part in problem.pop("$defs", {}).items():
        schemas.setdefault(name, part)
    schemas["ProblemDocument"] = problem
    refusal = {
        "description": "Refused; `code` for programs, `message` and `remedy` for people.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_PARTS}ProblemDocument"}}},
    }
    for (address, method), body in STREAMED.items():
        spec["paths"][f"{PREFIX}{address}"][method]["requestBody"] = body
    for address, path in spec["paths"].items():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["summary"] = operation.get("summary", "").replace("``", "`")
                operation["responses"].setdefault("default", refusal)
        if "201" in path.get("post", {}).get("responses", ()) and address != _OWN_WAY:
            path["post"].setdefault("parameters", []).append(_KEY)
    return spec
