"""Indexes of case files by what is asked of them."""

from sqlalchemy import ColumnElement, Index, literal_column, text

# In ``version_indexed``: the row changed since its words went in, or while they did. With 0 they
# never did, or the index tells of who may read them as the row does.
OUTDATED = -1
IS_OUTDATED = "version_indexed < 0"
# Of a copy of a case file; a value that is bound would not find their index in SQLite.
DAMAGED: ColumnElement[str] = literal_column("'damaged'")
CALENDAR = ("state", "removing_since", "agency_id", "permanent", "ends_on", "size_bytes")


def few(name: str, condition: str, *, on_sqlite: str = "") -> Index:
    """Those few that a watch asks for, each minute, of however many are held."""
    here = text(on_sqlite or condition)
    return Index(name, "id", sqlite_where=here, postgresql_where=text(condition))


def sorted_by(column: str) -> Index:
    """For lists sorted by it: all that says whether one is shown, so that no other row is read."""
    shown = ("code", "state", "removing_since", "agency_id", "id")
    return Index(f"ix_case_file_by_{column}", *dict.fromkeys((column, *shown)))
