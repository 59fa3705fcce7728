"""Hướng dẫn sử dụng: the guide of one's own role first, and those of all others."""

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from archive_service.errors import NotFoundError
from archive_service.request import current_actor
from archive_service.web import guide_text
from archive_service.web.layout import t
from archive_service.web.navigation import PLACES

bp = Blueprint("guide", __name__, url_prefix="/guide")
ROLES = tuple(PLACES)
TOPICS = ("digitization-desk",)  # work that several roles do, told once


class GuideNotFoundError(NotFoundError):
    """There is no guide of this name."""


@bp.get("")
def show_own() -> Response:
    """The guide of the role that asks."""
    return make_response(redirect(url_for(".show", name=current_actor().role.value), code=303))


@bp.get("/<name>")
def show(name: str) -> str:
    """One guide, and the list of all; open to every account, whatever its role."""
    current_actor()
    if name not in ROLES + TOPICS:
        raise GuideNotFoundError(name=name)
    places = guide_text.Places(guide=_address, picture=_picture)
    others = [(role, t(f"labels.roles.{role}")) for role in ROLES]
    others += [(topic, guide_text.title_of(topic)) for topic in TOPICS]
    return render_template(
        "guide.html",
        name=name,
        guide=guide_text.render(name, places),
        others=[{"name": one, "text": text, "href": _address(one)} for one, text in others],
    )


def _address(name: str) -> str:
    return url_for("guide.show", name=name)


def _picture(name: str) -> str | None:
    """Its address where it was made on this machine."""
    if not (guide_text.PICTURES / name).is_file():
        return None
    return url_for("static", filename=f"{guide_text.PICTURES.name}/{name}")
