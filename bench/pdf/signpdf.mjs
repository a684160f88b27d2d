// Signs with @signpdf as its documentation shows: a placeholder by string operations,
// then the signature. Its signer signs once, reads the PKCS #12 file each time, and knows
// RSA only.
import { readFileSync, writeFileSync } from "node:fs";
import placeholder from "@signpdf/placeholder-plain";
import p12 from "@signpdf/signer-p12";
import signpdf from "@signpdf/signpdf";
import { figure } from "./figure.mjs";

const [place, seconds] = [process.argv[2], Number(process.argv[3])];
const { plainAddPlaceholder } = placeholder;
const { P12Signer } = p12;
const engine = signpdf.default ?? signpdf;

const key = "rsa2048";
const identity = readFileSync(`${place}/${key}.p12`);
for (const size of ["small", "large"]) {
  const file = readFileSync(`${place}/${size}.pdf`);
  const sign = () => {
    const pdfBuffer = plainAddPlaceholder({
      pdfBuffer: file,
      reason: "bench",
      contactInfo: "bench",
      name: "Bench Company",
      location: "bench",
      signatureLength: 8192,
      subFilter: "ETSI.CAdES.detached",
    });
    return engine.sign(pdfBuffer, new P12Signer(identity, { passphrase: "bench" }));
  };
  writeFileSync(`${place}/signpdf-${size}-${key}.pdf`, await sign());
  await figure({ peer: "@signpdf", task: "sign", file: size, key }, seconds, sign);
}
