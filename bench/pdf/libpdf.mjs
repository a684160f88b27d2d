// Signs with @libpdf/core as its documentation shows: loads the file, signs B-B, takes
// the bytes. The key is a WebCrypto key, which is the fastest signer it has.
import { readFileSync, writeFileSync } from "node:fs";
import { CryptoKeySigner, PDF } from "@libpdf/core";
import { figure } from "./figure.mjs";

const [place, seconds] = [process.argv[2], Number(process.argv[3])];
const read = (name) => new Uint8Array(readFileSync(`${place}/${name}`));

const keys = {
  rsa2048: ["RSA", "RSASSA-PKCS1-v1_5", { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }],
  p256: ["EC", "ECDSA", { name: "ECDSA", namedCurve: "P-256" }],
};

for (const [key, [kind, algorithm, parameters]] of Object.entries(keys)) {
  const secret = await crypto.subtle.importKey("pkcs8", read(`${key}.key.der`), parameters, false, ["sign"]);
  const chain = [read(`${key}.chain.der`)];
  const signer = new CryptoKeySigner(secret, read(`${key}.cert.der`), kind, algorithm, chain);
  for (const size of ["small", "large"]) {
    const file = read(`${size}.pdf`);
    const sign = async () => {
      const pdf = await PDF.load(file);
      const { bytes } = await pdf.sign({ signer, level: "B-B", reason: "bench", estimatedSize: 8192 });
      return bytes;
    };
    writeFileSync(`${place}/libpdf-${size}-${key}.pdf`, await sign());
    await figure({ peer: "@libpdf/core", task: "sign", file: size, key }, seconds, sign);
  }
}
