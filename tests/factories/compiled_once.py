"""What every application of a test process compiles alike is compiled once: templates, addresses.

A server makes one application and keeps it; a test makes its own, and would wait for both anew.
"""

from collections.abc import Callable
from types import CodeType

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule


class _KeptTemplates(BytecodeCache):
    """Compiled templates by name and by the digest of their source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


def compile_once() -> None:
    """For all applications that this process makes from now on."""
    Flask.jinja_options["bytecode_cache"] = _KeptTemplates()
    compiled = Rule._compile_builder
    kept: dict[object, Callable[..., tuple[str, str]]] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - werkzeug's own
        known_by = (rule.rule, append_unknown, tuple(rule._trace), repr(rule.defaults))
        if known_by not in kept:
            kept[known_by] = compiled(rule, append_unknown)
        return kept[known_by]

    # What it compiles depends on the key above alone.
    Rule._compile_builder = builder  # type: ignore[method-assign, assignment]  # takes the same
