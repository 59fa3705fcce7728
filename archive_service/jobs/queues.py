"""Kinds of work: which job waits in which queue."""

DEFAULT = "default"
# What goes together on a machine: reading pages, putting into copies, the index, reading copies
# again, letters; checks and all the rest.
QUEUES = (DEFAULT, "ocr", "store", "index", "fixity", "mail")
QUEUE_OF = {
    "digitize-case-file": "ocr",
    "read-batch": "ocr",
    "read-draft": "ocr",
    "convert-formats": "ocr",
    "make-twins": "ocr",
    "read-again": "ocr",
    "adopt-rereading": "ocr",
    "build-version": "store",
    "publish-version": "store",
    "issue-receipt": "store",
    "catch-up-copy": "store",
    "reserve-case-file": "store",
    "sign-handover": "store",
    "sign-collection": "store",
    "settle-delivery": "store",
    "send-callbacks": "mail",
    "apply-hold": "store",
    "apply-hold-order": "store",
    "sign-copies": "store",
    "find-unsigned-copies": "store",
    "keep-migrated": "store",
    "index-case-file": "index",
    "reindex-own-field": "index",
    "watch-index": "index",
    "fill-index": "index",
    "seal-log": "fixity",
    "verify-trail": "fixity",
    "witness-log": "fixity",
    "check-fixity": "fixity",
    "read-copies": "fixity",
    "heal-copies": "fixity",
    "report-fixity": "fixity",
    "compare-catalogue": "fixity",
    "check-case-file": "fixity",
    "renew-locks": "fixity",
    "renew-holds": "fixity",
    "watch-formats": "fixity",
    "rescan-holdings": "fixity",
    "backup-due": "fixity",
    "drill-due": "fixity",
    "send-mail": "mail",
}


def queue_of(name: str) -> str:
    """The queue of a job's name; one that is not told here waits in the default queue."""
    return QUEUE_OF.get(name, DEFAULT)
