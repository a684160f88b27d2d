"""What pyHanko says of every PDF file in this directory; fails when it is not content."""

import logging
import sys
from pathlib import Path

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

# Where pyHanko is content with no file of this kind that grows, whoever appends to it:
# annotations that are no objects of their own; metadata that is no XML. Of these all is
# asked but its opinion of the second revision.
UNGROWN = ("fpdf", "mupdf-sane", "ghostscript-2.0")
# What it refuses to read strictly: a free entry of generation 65536, a generation that
# nothing led to, a hybrid file.
LENIENT = ("mupdf-", "odd-generation", "odd-hybrid")

logging.disable()
root = load_cert_from_pemder("root.pem")
files = wrong = 0
for path in sorted(Path(".").glob("*.pdf")):
    files += 1
    try:
        with path.open("rb") as file:
            reader = PdfFileReader(file, strict=not path.name.startswith(LENIENT))
            ours = 0
            for signature in reader.embedded_signatures:
                context = ValidationContext(trust_roots=[root], allow_fetching=False)
                status = validate_pdf_signature(signature, context)
                others = signature.field_name.startswith("other")
                ok = status.intact and status.valid
                if not others:
                    ours += 1
                    ok = ok and status.trusted and status.timestamp_validity.trusted
                    ok = ok and (status.bottom_line or path.name.startswith(UNGROWN))
                if not ok:
                    raise ValueError(f"{signature.field_name}: {status.summary()}")
            if ours != 2:
                raise ValueError(f"{ours} signatures of ours")
    except Exception as error:
        wrong += 1
        print(f"{path}: {error!r}")
print(f"{files} files")
sys.exit(wrong > 0)
