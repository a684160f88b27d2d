/**
 * `p256-aes256gcm`: HPKE (RFC 9180), base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256,
 * AES-256-GCM. It needs WebCrypto, which browsers give to pages over HTTPS only.
 */
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';

import { concat } from './bytes.js';
import { NAMED } from './layout.js';
import type { Recipient } from './recipient.js';

/** The ephemeral key: an uncompressed point. */
export const HPKE_ENCAPSULATED = 65;

const suite = () => new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** Appends encapsulated key and sealed content to the header's beginning. */
export async function hpkeSeal(recipient: Recipient, prefix: Uint8Array, content: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const hpke = suite();
  const recipientPublicKey = await hpke.kem.deserializePublicKey(recipient.point);
  const sender = await hpke.createSenderContext({ recipientPublicKey, info: prefix.slice(0, NAMED) });
  const header = concat(prefix, new Uint8Array(sender.enc));
  const sealed = await sender.seal(concat(content), header);
  return concat(header, new Uint8Array(sealed));
}

/** The content; the library throws when it will not give it. */
export async function hpkeOpen(pkcs8: Uint8Array, header: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: 'ECDH', namedCurve: 'P-256' };
  // Extractable, because the library derives the public half from it.
  const recipientKey = await crypto.subtle.importKey('pkcs8', concat(pkcs8), algorithm, true, ['deriveBits']);
  const recipient = await suite().createRecipientContext({
    recipientKey,
    enc: header.slice(-HPKE_ENCAPSULATED),
    info: header.slice(0, NAMED),
  });
  return new Uint8Array(await recipient.open(concat(sealed), concat(header)));
}
