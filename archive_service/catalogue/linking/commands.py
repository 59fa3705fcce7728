"""archive case link, unlink: one document in several case files."""

import click

from archive_service.cli.offered import ActGroup, worded

_ACTS = "archive_service.catalogue.linking.acts"


_PLACE = (click.Argument(["code"]), click.Argument(["ordinal"], metavar="N", type=int))
case = ActGroup("case")
case.offer("link", f"{_ACTS}:link", *_PLACE, show=worded("links.linked"))
case.offer("unlink", f"{_ACTS}:end_link", *_PLACE, show=worded("links.unlinked"))
