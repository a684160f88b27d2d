import { EnvelopeError, type Binding } from '@inkseal/capture';

/** What the server says of the signer's session; times are RFC 3339, lengths PDF points. */
export interface Session {
  session: string;
  contract: string;
  title: string;
  role: string;
  role_title: { zh: string; en: string };
  mode: 'counter' | 'pad' | 'app' | 'sms';
  signer: string;
  sender: string;
  document: { digest: string; pages: number };
  /** Where the signature will stand: page from 1, rect x0, y0, x1, y1 with the origin bottom-left, on a page of this width and height. */
  places: { page: number; rect: [number, number, number, number]; page_size: [number, number] }[];
  /** Evidence that must be there; of `face|code` one kind is enough. */
  required: string[];
  collected: string[];
  /** Kinds of evidence that need the signer's consent before, and those that have it. */
  consents: string[];
  agreed: string[];
  /** Shortest time for which a page is in view, milliseconds. */
  reading_ms: number;
  /** What the signer copies. */
  sentence: string | null;
  sealing: Sealing;
  phone: string | null;
  expires: string;
  /** The APP or site to go back to, when the link was made with one (docs/app.md). */
  return_url: string | null;
  state: SessionState;
}

/** A session with the bearer secret for everything else of it. */
export interface Opened {
  secret: string;
  session: Session;
}

/** Where this session's envelopes belong, and the keys in base64 to which they are sealed (docs/envelope.md). */
export interface Sealing {
  binding: Binding;
  /** The service's own. */
  transport: string;
  /** The one for biometrics, which the service cannot open. */
  forensic: string;
}

export type SessionState = 'signing' | 'signed' | 'complete' | 'refused' | 'withdrawn' | 'expired';

/** A page as it was read: the picture's width in pixels, its digest, and the time in view. */
export interface PageRead {
  page: number;
  width: number;
  digest: string;
  milliseconds: number;
}

/** What the device says of itself. */
export interface Device {
  user_agent: string;
  screen: string;
  language: string;
  timezone: string;
}

/** One point: x, y in CSS pixels, milliseconds since the first, pressure 0..1, tilt x, y in degrees. */
export type Sample = [number, number, number, number, number, number];

export interface Handwriting {
  pointer: 'pen' | 'touch' | 'mouse';
  width: number;
  height: number;
  strokes: Sample[][];
}

/** How a handwriting looks: the path of a round nib, `[x, y, radius]` in CSS pixels. */
export interface Drawing {
  pointer: Handwriting['pointer'];
  strokes: [number, number, number][][];
}

/** What is submitted, sealed as a whole. */
export interface Submission {
  contract: string;
  document: string;
  device: Device;
  /** Its looks, its samples sealed to the forensic key in base64, and when it was begun. */
  handwriting: { drawing: Drawing; samples: string; captured: number } | null;
}

/** A text to which the signer's consent is asked: for evidence of this kind. */
export interface ConsentText {
  of: string;
  version: string;
  zh: string;
  en: string;
}

/** The signer agreed to the text of this version as it was shown in this language. */
export interface Consent {
  of: string;
  version: string;
  language: 'zh' | 'en';
}

/** What an authority is asked about the signer; portraits are base64. */
export type Question =
  | { question: 'person' | 'phone' }
  | { question: 'bank-card'; card: string }
  | { question: 'face'; portrait: string };

/** Bytes that were sealed, for one place alone. */
export type Sealed = Uint8Array<ArrayBuffer>;

export interface Receipt {
  act: string;
  contract: string;
  role: string;
  signed_at: string;
  revision: string;
  evidence: string;
  certificate: string;
  state: SessionState;
}

/**
 * Why something did not succeed. `code` is the server's stable code (RFC 9457), or one of the
 * page's own: `network` (no answer), `answer` (an answer that is not one of this API).
 */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  /** Tries that are left, of a wrong code. */
  readonly left: number | null;

  constructor(code: string, detail = '', status = 0, left: number | null = null) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.status = status;
    this.left = left;
  }
}

/** Whatever was thrown, as a {@link Problem}. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof EnvelopeError) return new Problem(error.code, error.message);
  return new Problem('page', error instanceof Error ? error.message : String(error));
}

const TIMEOUT_MS = 30_000;
/** A video on a slow line. */
const UPLOAD_MS = 120_000;
const ENVELOPE = 'application/vnd.inkseal.envelope';

/** The signer's half of the HTTP API. Every method throws a {@link Problem} and nothing else. */
export class SigningApi {
  readonly #fetch: typeof fetch;
  readonly #base: string;
  #secret = '';

  constructor(fetcher: typeof fetch = (...request) => fetch(...request), base = '/api/v1') {
    this.#fetch = fetcher;
    this.#base = base;
  }

  /** The bearer secret of the session; the page keeps it so that a reload goes on. */
  set secret(secret: string) {
    this.#secret = secret;
  }

  /** Opens a link (32 hex digits). A link opens once. */
  async open(link: string): Promise<Opened> {
    return opened(await this.#json('POST', '/sessions/open', { link }));
  }

  /** Opens the session that a clerk has begun, by the clerk's code (8 digits). A code opens once. */
  async pair(code: string): Promise<Opened> {
    return opened(await this.#json('POST', '/pairings/open', { code }));
  }

  /** The session as it is now. */
  async session(): Promise<Session> {
    return checked(await this.#json('GET', '/session'));
  }

  /** A page's picture, and the digest under which the server recorded that it showed it. */
  async page(page: number, width: number): Promise<{ picture: ArrayBuffer; digest: string }> {
    const response = await this.#send('GET', `/session/pages/${page}.png?width=${width}`);
    const picture = await received(response.arrayBuffer());
    return { picture, digest: response.headers.get('Inkseal-Page-Digest') ?? '' };
  }

  async reading(pages: PageRead[]): Promise<void> {
    await this.#send('POST', '/session/reading', { pages });
  }

  /** Sends a one-time code to the signer's phone. */
  async sendCode(): Promise<{ sent_to: string; expires: string }> {
    return (await this.#json('POST', '/session/otp', {})) as { sent_to: string; expires: string };
  }

  async checkCode(code: string): Promise<void> {
    await this.#send('POST', '/session/otp/check', { code });
  }

  /** The texts to which the signer's consent is asked. */
  async consents(): Promise<ConsentText[]> {
    const answer = (await this.#json('GET', '/session/consents')) as { texts: ConsentText[] };
    if (!Array.isArray(answer?.texts)) throw new Problem('answer');
    return answer.texts;
  }

  async agree(consent: Consent): Promise<void> {
    await this.#send('POST', '/session/consents', consent);
  }

  /** Adds an item of evidence, captured at this time of the device's clock. */
  async evidence(kind: string, item: Sealed, captured: number): Promise<void> {
    await this.#send('POST', `/session/evidence/${kind}?captured=${captured}`, item);
  }

  /** Asks an authority about the signer: a sealed {@link Question}. */
  async identity(question: Sealed): Promise<void> {
    await this.#send('POST', '/session/identity', question);
  }

  /**
   * Signs, with a sealed {@link Submission}. The same `key` with the same content gives the same
   * receipt, however often it is sealed and sent.
   */
  async submit(submission: Sealed, key: string): Promise<Receipt> {
    const answer = (await this.#json('POST', '/session/submission', submission, { 'Idempotency-Key': key })) as Receipt;
    if (typeof answer?.act !== 'string' || typeof answer.evidence !== 'string') throw new Problem('answer');
    return answer;
  }

  async refuse(reason: string): Promise<void> {
    await this.#send('POST', '/session/refusal', { reason });
  }

  /** The finished contract. */
  async file(): Promise<Blob> {
    const response = await this.#send('GET', '/session/file');
    return received(response.blob());
  }

  async #json(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<unknown> {
    const response = await this.#send(method, path, body, headers);
    const text = await received(response.text());
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new Problem('answer', '', response.status);
    }
  }

  async #send(method: string, path: string, body?: unknown, extra: Record<string, string> = {}): Promise<Response> {
    const headers: Record<string, string> = { ...extra };
    if (this.#secret) headers['Authorization'] = `Bearer ${this.#secret}`;
    const sealed = body instanceof Uint8Array;
    if (body !== undefined) headers['Content-Type'] = sealed ? ENVELOPE : 'application/json';
    const response = await received(
      this.#fetch(this.#base + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: sealed ? (body as Sealed) : JSON.stringify(body) }),
        cache: 'no-store',
        credentials: 'omit',
        signal: AbortSignal.timeout(sealed ? UPLOAD_MS : TIMEOUT_MS),
      }),
    );
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

/** Any failure while bytes are under way means: no answer, try again. */
async function received<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new Problem('network', error instanceof Error ? error.message : '');
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await received(response.text());
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) body = parsed as Record<string, unknown>;
  } catch {
    // A proxy's page instead of a problem: the status alone speaks.
  }
  const code = typeof body['code'] === 'string' ? body['code'] : `http-${response.status}`;
  const detail = [body['detail'], body['title']].find((part) => typeof part === 'string') ?? '';
  const left = typeof body['left'] === 'number' ? body['left'] : null;
  return new Problem(code, String(detail), response.status, left);
}

function opened(answer: unknown): Opened {
  const { secret, session } = (answer ?? {}) as Opened;
  if (typeof secret !== 'string') throw new Problem('answer');
  return { secret, session: checked(session) };
}

function checked(answer: unknown): Session {
  const session = answer as Session;
  const whole =
    typeof session?.contract === 'string' &&
    typeof session.document?.digest === 'string' &&
    Number.isInteger(session.document.pages) &&
    [session.required, session.collected, session.consents, session.agreed].every(Array.isArray) &&
    typeof session.sealing?.transport === 'string' &&
    typeof session.sealing.forensic === 'string';
  if (!whole) throw new Problem('answer');
  return session;
}
