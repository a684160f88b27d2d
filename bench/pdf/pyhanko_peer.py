"""Signs and verifies with pyHanko as its documentation shows, in memory."""

import io
import json
import logging
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

place, seconds = Path(sys.argv[1]), float(sys.argv[2])
logging.disable(logging.CRITICAL)


def figure(task, file, key, operation):
    """Repeats, after a tenth of the time for warming up; prints one line of JSON."""
    began = time.perf_counter()
    while time.perf_counter() - began < seconds / 10:
        operation()
    times = []
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        before = time.perf_counter()
        operation()
        times.append(time.perf_counter() - before)
    elapsed = time.perf_counter() - began
    times.sort()
    names = {"peer": "pyHanko", "task": task, "file": file, "key": key}
    rate = {"times": len(times), "per_second": len(times) / elapsed}
    print(json.dumps(names | rate | {"p50_ms": times[len(times) // 2] * 1000}), flush=True)


for key in ["rsa2048", "p256"]:
    signer = signers.SimpleSigner.load(
        str(place / f"{key}.key.der"),
        str(place / f"{key}.cert.der"),
        ca_chain_files=(str(place / f"{key}.chain.pem"),),
    )
    meta = signers.PdfSignatureMetadata(
        field_name="first",
        md_algorithm="sha256",
        reason="bench",
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    for size in ["small", "large"]:
        content = (place / f"{size}.pdf").read_bytes()

        def sign():
            writer = IncrementalPdfFileWriter(io.BytesIO(content))
            out = signers.PdfSigner(meta, signer).sign_pdf(writer, bytes_reserved=2 * 8192)
            return out.getvalue()

        (place / f"pyhanko-{size}-{key}.pdf").write_bytes(sign())
        figure("sign", size, key, sign)

five = (place / "five.pdf").read_bytes()
root = load_cert_from_pemder(str(place / "p256.root.pem"))
moment = datetime.fromtimestamp(int((place / "now").read_text()) / 1000, timezone.utc)


def verify():
    embedded = PdfFileReader(io.BytesIO(five)).embedded_signatures
    assert len(embedded) == 5
    for signature in embedded:
        context = ValidationContext(trust_roots=[root], allow_fetching=False, moment=moment)
        status = validate_pdf_signature(signature, context)
        assert status.intact and status.valid and status.trusted, status.pretty_print_details()


figure("verify", "five", "p256", verify)
