import { Problem, type SigningApi } from './api';

/** Widths in pixels in which the server draws pages. */
export const WIDTHS = [750, 1080, 1500] as const;

/** A page counts as read after it was in view for so long. */
export const READ_MS = 800;

/** The smallest picture that is sharp on a page of `css` pixels at `ratio` device pixels each. */
export function pictureWidth(css: number, ratio: number): number {
  return WIDTHS.find((width) => width >= css * ratio * 0.95) ?? 1500;
}

/** `sha256:<hex>` of some bytes. */
export async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** A page picture that is what the server says that it sent. */
export interface PagePicture {
  digest: string;
  picture: Blob;
}

/**
 * Fetches a page's picture and checks its bytes against the digest of the answer.
 * Throws a Problem `picture-altered` when they differ: such a page is never shown.
 */
export async function fetchPage(api: Pick<SigningApi, 'page'>, page: number, width: number): Promise<PagePicture> {
  const { picture, digest } = await api.page(page, width);
  if ((await sha256(picture)) !== digest.toLowerCase()) throw new Problem('picture-altered');
  return { digest: digest.toLowerCase(), picture: new Blob([picture], { type: 'image/png' }) };
}

/** Whether so much of a page is in view that it can be read: half of it, or half of the window. */
export function inView(visible: number, page: number, window: number): boolean {
  return visible > 0 && visible >= 0.5 * Math.min(page, window);
}

/** Adds up how long each page was in view. Times are in ms of any clock that never runs back. */
export class ReadingClock {
  readonly #spent = new Map<number, number>();
  readonly #since = new Map<number, number>();

  /** Exactly these pages are in view from `now` on. */
  look(pages: ReadonlySet<number>, now: number): void {
    for (const [page, since] of this.#since) {
      this.#spent.set(page, (this.#spent.get(page) ?? 0) + now - since);
    }
    this.#since.clear();
    for (const page of pages) this.#since.set(page, now);
  }

  /** Milliseconds for which a page was in view. */
  spent(page: number, now: number): number {
    const since = this.#since.get(page);
    return Math.round((this.#spent.get(page) ?? 0) + (since === undefined ? 0 : now - since));
  }
}
