"""What reading a ZIP raises where its bytes are at fault, whatever packs its parts."""

import lzma
import struct
import zipfile
import zlib

# ``bz2`` raises ``OSError``, as a disk does that does not answer: who asks parts the two.
ZIP_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ValueError,  # also a name that is flagged UTF-8 and is not
    OverflowError,
    LookupError,
    EOFError,
    RuntimeError,  # a password; and, as NotImplementedError, a method that Python does not know
)
