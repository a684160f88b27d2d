"""What pyHanko's path validator says of the authority in this folder: its certificates
by its list, by its answer, and its timestamp. Prints what held, fails at what did not."""

import asyncio
import hashlib
from datetime import datetime, timezone
from pathlib import Path

from asn1crypto import cms, crl, ocsp, x509
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator._state import ValProcState
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.errors import RevokedError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response
from pyhanko_certvalidator.util import ConsList


def get(name):
    return Path(name).read_bytes()


root, issuing, good, revoked = (
    x509.Certificate.load(get(name)) for name in ("root", "issuing", "good", "revoked")
)
at = datetime.fromtimestamp(int(get("at")) + 1, timezone.utc)


def context(**material):
    return ValidationContext(
        trust_roots=[root], other_certs=[issuing], moment=at, allow_fetching=False, **material
    )


async def by_list(leaf):
    lists = [crl.CertificateList.load(get(name)) for name in ("root-list", "list")]
    validator = CertificateValidator(
        leaf, validation_context=context(revocation_mode="require", crls=lists)
    )
    await validator.async_validate_usage({"digital_signature"})


async def by_answer(leaf):
    # Asked apart, because it asks nobody about a certificate that names no responder;
    # and it reads the first answer of a response alone.
    answers = [ocsp.OCSPResponse.load(get(f"answer-{name}")) for name in ("good", "revoked")]
    around = context(revocation_mode="soft-fail", ocsps=answers)
    path = ValidationPath(CertTrustAnchor(root), [issuing], leaf)
    state = ValProcState(cert_path_stack=ConsList.sing(path))
    await verify_ocsp_response(leaf, path, around, proc_state=state)


async def main():
    for name, judge in (("list", by_list), ("answer", by_answer)):
        await judge(good)
        try:
            await judge(revoked)
        except RevokedError:
            print(name)
        else:
            raise SystemExit(f"by the {name} nothing is revoked")
    token = cms.ContentInfo.load(get("token"))["content"]
    imprint = lambda algorithm: hashlib.new(algorithm, get("content")).digest()
    status = await validate_tst_signed_data(token, context(), imprint)
    if not (status["intact"] and status["valid"] and status["trust_problem_indic"] is None):
        raise SystemExit(f"the token: {status}")
    print("token")


asyncio.run(main())
