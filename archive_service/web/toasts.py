"""What the next page says of an act that is done."""

from typing import Any, cast

from flask import flash


def tell(text: str, href: str = "", link: str = "") -> None:
    """One line at the foot of the next page, with a link to what it speaks of."""
    facts: Any = {"text": text, "href": href, "link": link}
    flash(cast(str, facts))  # kept as JSON in the form's cookie; base.html takes it apart
