"""The archive service: what the stages share, and the entry points."""

import os

# Looking for plugins, of which there are none, opens the metadata of every library: 0.1 s of 0.8.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
