import { describe, expect, it } from 'vitest';
import { fetchPage, inView, pictureWidth, ReadingClock, sha256 } from '../src/sign/reading';

const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer as ArrayBuffer;
const ABC = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('a page picture', () => {
  it('has the SHA-256 of its bytes', async () => {
    expect(await sha256(bytes('abc'))).toBe(ABC);
  });

  it('is shown when its bytes are the ones that the server named', async () => {
    const api = { page: () => Promise.resolve({ picture: bytes('abc'), digest: ABC }) };
    const page = await fetchPage(api, 1, 1080);
    expect(page.digest).toBe(ABC);
    expect(await page.picture.text()).toBe('abc');
  });

  it.each([[ABC.replace('ba78', 'ba79')], [''], ['sm3:00']])('is not shown under another digest: %s', async (digest) => {
    const api = { page: () => Promise.resolve({ picture: bytes('abc'), digest }) };
    await expect(fetchPage(api, 1, 1080)).rejects.toMatchObject({ code: 'picture-altered' });
  });

  it('is as wide as the screen needs, and no wider', () => {
    expect(pictureWidth(366, 2)).toBe(750);
    expect(pictureWidth(366, 3)).toBe(1080);
    expect(pictureWidth(860, 2)).toBe(1500);
    expect(pictureWidth(860, 1)).toBe(1080);
  });
});

describe('the reading clock', () => {
  it('adds up the time of each page in view, and of no other', () => {
    const clock = new ReadingClock();
    clock.look(new Set([1]), 1000);
    clock.look(new Set([1, 2]), 1500);
    clock.look(new Set(), 2000);
    clock.look(new Set([2]), 9000);
    expect(clock.spent(1, 9250)).toBe(1000);
    expect(clock.spent(2, 9250)).toBe(750);
    expect(clock.spent(3, 9250)).toBe(0);
  });
});

describe('a page in view', () => {
  it('shows half of itself or fills half of the window', () => {
    expect(inView(250, 500, 700)).toBe(true);
    expect(inView(249, 500, 700)).toBe(false);
    expect(inView(350, 1400, 700)).toBe(true);
    expect(inView(0, 0, 700)).toBe(false);
  });
});
