"""JSON that programs send: what no text of ours could hold is refused before it is read."""

from typing import Any

from flask.json.provider import DefaultJSONProvider


class JsonBodies(DefaultJSONProvider):
    """Refuses, as it refuses what is no JSON, what is nested beyond reading and half letters."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # Any: whatever JSON holds
        """``ValueError`` of what is not taken; Flask answers 400 to it."""
        text = s.decode("utf-8") if isinstance(s, bytes) else s
        try:
            found = super().loads(text, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if "\\ud" in text.lower():  # half of a letter may be written so, and not be kept
            self.dumps(found, ensure_ascii=False).encode()
        return found
