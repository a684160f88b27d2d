import { readOpeningKey, type OpeningKey } from '@inkseal/capture/open';
import type { Sealing } from '../src/sign/api';
import { toBase64 } from '../src/sign/bytes';

/** What a session says of sealing, and the keys that open what is sealed by it. */
export async function sealing(): Promise<{ sealing: Sealing; transport: OpeningKey; forensic: OpeningKey }> {
  const [transport, forensic] = await Promise.all([freshKey(), freshKey()]);
  const binding = { contract: 'c1', item: 'package', revision: `sm3:${'ab'.repeat(32)}`, session: 's1', signer: 'p1', slot: 'borrower' };
  return {
    sealing: { binding, transport: transport.spki, forensic: forensic.spki },
    transport: transport.key,
    forensic: forensic.key,
  };
}

async function freshKey(): Promise<{ spki: string; key: OpeningKey }> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
  const [spki, pkcs8] = [await crypto.subtle.exportKey('spki', pair.publicKey), await crypto.subtle.exportKey('pkcs8', pair.privateKey)];
  return { spki: toBase64(new Uint8Array(spki)), key: await readOpeningKey(new Uint8Array(pkcs8)) };
}
