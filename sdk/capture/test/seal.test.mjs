import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CONTENT_MAX, readRecipient, seal } from '@inkseal/capture';
import { open } from '@inkseal/capture/open';

import { BINDING, SCHEMES, freshKey } from './desk.mjs';

const refused = (code) => (error) => {
  assert.equal(error.code, code);
  return true;
};
const notOpened = refused('envelope-not-opened');

for (const scheme of SCHEMES) {
  test(`${scheme}: what was sealed opens, and is another envelope each time`, async () => {
    const { spki, key } = await freshKey(scheme);
    const recipient = await readRecipient(spki);
    assert.equal(recipient.scheme, scheme);
    assert.deepEqual(recipient, key.recipient);
    const seen = new Set();
    for (const length of [0, 1, 15, 16, 17, 1000, 1 << 20]) {
      const content = Uint8Array.from({ length }, (_, at) => at % 251);
      const envelope = await seal(recipient, BINDING, content);
      assert.deepEqual(await open(key, BINDING, envelope), content);
      seen.add(Buffer.from(await seal(recipient, BINDING, Uint8Array.of(7))).toString('hex'));
    }
    assert.equal(seen.size, 7);
  });

  test(`${scheme}: no changed bit opens`, async () => {
    const { key } = await freshKey(scheme);
    const envelope = await seal(key.recipient, BINDING, new TextEncoder().encode('笔'));
    for (let bit = 0; bit < envelope.length * 8; bit += 3) {
      const changed = envelope.slice();
      changed[bit >> 3] ^= 1 << (bit & 7);
      await assert.rejects(open(key, BINDING, changed), notOpened, `bit ${bit}`);
    }
    for (let length = 0; length < envelope.length; length += 1) {
      await assert.rejects(open(key, BINDING, envelope.slice(0, length)), notOpened, `${length} bytes`);
    }
    await assert.rejects(open(key, BINDING, Uint8Array.of(...envelope, 0)), notOpened);
  });

  test(`${scheme}: a moved envelope does not open`, async () => {
    const { key } = await freshKey(scheme);
    const envelope = await seal(key.recipient, BINDING, Uint8Array.of(1, 2, 3));
    for (const member of Object.keys(BINDING)) {
      const other = member === 'revision' ? `sm3:${'cd'.repeat(32)}` : `${BINDING[member]}2`;
      await assert.rejects(open(key, { ...BINDING, [member]: other }, envelope), notOpened, member);
    }
    const stranger = await freshKey(scheme);
    await assert.rejects(open(stranger.key, BINDING, envelope), notOpened);
  });

  test(`${scheme}: what captures keeps its content, and says what it cannot seal`, async () => {
    const { spki, key } = await freshKey(scheme);
    const content = Uint8Array.of(1, 2, 3);
    await seal(key.recipient, BINDING, content);
    assert.deepEqual(content, Uint8Array.of(1, 2, 3));
    const long = new Uint8Array(CONTENT_MAX + 1);
    await assert.rejects(seal(key.recipient, BINDING, long), refused('envelope-too-large'));
    for (const member of Object.keys(BINDING)) {
      for (const text of ['', 'x'.repeat(257), '笔'.repeat(86), '\ud800', undefined, 7]) {
        const sealing = seal(key.recipient, { ...BINDING, [member]: text }, content);
        await assert.rejects(sealing, refused('envelope-binding'), `${member} ${text}`);
      }
    }
    // Not on the curve; compressed; cut off; another algorithm.
    const off = spki.slice();
    off[off.length - 1] ^= 1;
    const compressed = spki.slice(0, -32);
    compressed[compressed.length - 33] = 2;
    for (const bad of [off, compressed, spki.slice(0, -1), Uint8Array.of(...spki, 0), new Uint8Array(91), new Uint8Array()]) {
      await assert.rejects(readRecipient(bad), refused('envelope-recipient'));
    }
  });
}
