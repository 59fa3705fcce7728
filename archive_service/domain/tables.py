"""All tables at once, for the migrations and for ``archive init``."""

from importlib import import_module
from pkgutil import walk_packages

from archive_service import domain
from archive_service.domain.base import Base

for _module in walk_packages(domain.__path__, f"{domain.__name__}."):
    if _module.name != __name__:
        import_module(_module.name)
METADATA = Base.metadata
