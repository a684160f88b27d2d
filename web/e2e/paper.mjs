// Pictures of pages without a document: grey lines on white paper, as PNG.
import { crc32, deflateSync } from 'node:zlib';

/** A page of A4 proportions, `width` pixels wide; every page differs. */
export function paper(page, width) {
  const height = Math.round(width * Math.SQRT2);
  const rows = Buffer.alloc(height * (width + 1), 0xff);
  for (let y = 0; y < height; y += 1) {
    const row = y * (width + 1);
    rows[row] = 0;
    const line = Math.floor((y / height) * 48);
    const written = line > 3 && line < 44 && line % 2 === 0 && (line * 7 + page) % 11 !== 0;
    if (written) rows.fill(0x66, row + 1 + Math.round(width * 0.12), row + 1 + Math.round(width * (line % 10 === 8 ? 0.5 : 0.88)));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(kind, data) {
  const named = Buffer.concat([Buffer.from(kind), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}
