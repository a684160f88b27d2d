import { sm2, sm3 } from 'sm-crypto-v2';

import { concat, fromHex, sameBytes, toHex } from './bytes.js';
import { EnvelopeError } from './error.js';

/** How an envelope is sealed. */
export type Scheme = 'sm2-sm4gcm' | 'p256-aes256gcm';

/** A public key to which one seals, as `readRecipient` gives it. */
export interface Recipient {
  readonly scheme: Scheme;
  /** Digest of the SubjectPublicKeyInfo: by SM3 for SM2, by SHA-256 for P-256. 32 bytes. */
  readonly keyId: Uint8Array<ArrayBuffer>;
  /** The uncompressed point, 65 bytes. */
  readonly point: Uint8Array<ArrayBuffer>;
}

/** DER of a SubjectPublicKeyInfo (RFC 5480, 2) before the 65 bytes of the point. */
const SPKI: Readonly<Record<Scheme, string>> = {
  'sm2-sm4gcm': '3059301306072a8648ce3d020106082a811ccf5501822d034200',
  'p256-aes256gcm': '3059301306072a8648ce3d020106082a8648ce3d030107034200',
};

const REFUSED = 'this is not the SubjectPublicKeyInfo of an SM2 or P-256 key with an uncompressed point';

/** Reads the DER of a SubjectPublicKeyInfo; its curve tells the scheme. */
export async function readRecipient(spki: Uint8Array): Promise<Recipient> {
  for (const scheme of ['sm2-sm4gcm', 'p256-aes256gcm'] as const) {
    const head = fromHex(SPKI[scheme]);
    const point = spki.slice(head.length);
    if (sameBytes(spki.slice(0, head.length), head) && point.length === 65 && point[0] === 4) {
      return { scheme, point, keyId: await nameOf(scheme, concat(spki), point) };
    }
  }
  throw new EnvelopeError('envelope-recipient', REFUSED);
}

/** The digest of a key whose point lies on its curve. */
async function nameOf(scheme: Scheme, spki: Uint8Array<ArrayBuffer>, point: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (scheme === 'sm2-sm4gcm') {
      if (sm2.verifyPublicKey(toHex(point))) return fromHex(sm3(spki));
    } else {
      await crypto.subtle.importKey('raw', point, { name: 'ECDH', namedCurve: 'P-256' }, true, []);
      return new Uint8Array(await crypto.subtle.digest('SHA-256', spki));
    }
  } catch {
    // A point that is on no curve.
  }
  throw new EnvelopeError('envelope-recipient', REFUSED);
}
