"""For what personal data are processed: each opening of a document, and the data of accounts."""

from dataclasses import dataclass
from functools import lru_cache

from archive_service import law


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose; ``data`` and ``kept`` (until when) of an account's own data alone.

    ``is_certain``: the law that it rests on was read, and not only remembered.
    """

    code: str
    label: str
    basis: str
    is_certain: bool
    data: str
    kept: str


def purpose_of_use(role: str, kind: str = "") -> str:
    """Code of the purpose for which this role opens a document; empty where no rule tells.

    ``kind``: of the request to use by which it is opened, a code of TT 05/2025.
    """
    return _by_kind().get(kind) or _by_role().get(role, "")


def purpose_label(code: str, lang: str) -> str:
    """Its name; that of one which the rules do not know any more is its code."""
    found = _rows().get(code)
    return code if found is None else str(found["english" if lang == "en" else "title"])


def purposes_of_accounts(lang: str, opening_months: int) -> list[Purpose]:
    """For what the data about those who have an account are processed, and how long they are kept.

    ``opening_months`` is ``archive.opening_months``.
    """
    end, is_certain = ("_english" if lang == "en" else ""), _rules().meta.certainty != "uncertain"
    return [
        Purpose(
            code=code,
            label=purpose_label(code, lang),
            basis=law.basis_words(_rules().citation(row)),
            is_certain=is_certain,
            data=str(row[f"data{end}"]),
            kept=str(row[f"kept{end}"]).format(opening_months=opening_months),
        )
        for code, row in _rows().items()
        if row["of"] == "account"
    ]


@lru_cache(maxsize=1)
def _rules() -> law.RuleSet:
    return law.load_rule_set(law.CONFIG / "rule_sets" / "processing_purposes.toml")


@lru_cache(maxsize=1)
def _rows() -> dict[str, law.Row]:
    return {str(row["code"]): row for row in _rules().rows}


def _list(row: law.Row, name: str) -> list[str]:
    found = row.get(name, [])
    return [str(purpose) for purpose in found] if isinstance(found, list) else []


@lru_cache(maxsize=1)
def _by_kind() -> dict[str, str]:
    return {kind: code for code, row in _rows().items() for kind in _list(row, "kinds")}


@lru_cache(maxsize=1)
def _by_role() -> dict[str, str]:
    return {role: code for code, row in _rows().items() for role in _list(row, "roles")}
