"""What gunicorn's parent does before it has workers; gunicorn reads this module as its settings."""

import gc
import importlib
from typing import Any


def on_starting(_server: Any) -> None:
    """Load the code of all pages once; no backend is opened, each worker opens its own.

    A worker begins in a third of the time, and the memory of what is loaded is shared.
    """
    gc.disable()  # what is imported stays
    from sqlalchemy.orm import configure_mappers

    from archive_service.app import PAGES, RESOURCES

    for name in (*PAGES, *RESOURCES):
        importlib.import_module(name)
    configure_mappers()
    gc.freeze()  # nothing of it is looked through again, or copied for it
    gc.enable()
