"""What the server asks the application of a body that has not been read."""

from dataclasses import dataclass

HEAD_S = "ARCHIVE_SERVER_HEAD_S"  # tells worker processes how long a head may take
ASKED = "archive.asked"  # in the environment of a call


@dataclass(slots=True)
class Asked:
    """May this body come? ``most_bytes`` is the answer; what stays 0 was refused.

    ``refused``: the status of a body that did not come as it should; the application has the words.
    """

    most_bytes: int = 0
    refused: int = 0
