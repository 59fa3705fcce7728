"""The fields of the settings."""

from pydantic import BaseModel

NOT_IN_FILES = {"home"}  # told by --home or ARCHIVE_HOME alone


def fields_in_files(model: type[BaseModel], above: str = "") -> set[str]:
    """Their keys with those above them, but for what files do not tell."""
    keys: set[str] = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys |= fields_in_files(kind, f"{above}{name}.")
        elif above or name not in NOT_IN_FILES:
            keys.add(f"{above}{name}")
    return keys
