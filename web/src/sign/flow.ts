import { reactive } from 'vue';
import {
  asProblem, Problem,
  type Consent, type Device, type Handwriting, type Opened, type PageRead, type Question, type Receipt, type Session, type SigningApi, type Submission,
} from './api';
import type { BridgeEvent, BridgeMessage } from './bridge';
import { toBase64 } from './bytes';
import { drawingOf } from './drawing';
import type { Memory, Pending } from './memory';
import { consentIsDue, intentOf, wanted, type Intent } from './policy';
import { Sealer } from './sealer';

/** Where the signer is. `pairing`: at a clerk's code. `ended`: nothing can be done any more; `blocked`: see `problem`. */
export type Step = 'opening' | 'pairing' | 'reading' | 'consent' | 'evidence' | Intent | 'done' | 'ended' | 'blocked';

/** Biometrics that are sealed to the forensic key as they are: the service does not open them. */
const FORENSIC = new Set(['signing-photo', 'video', 'voice']);

/** Problems after which this page cannot go on, whatever the signer does on it. */
const FINAL = new Set([
  'link-missing', 'link-unknown', 'link-used', 'link-expired', 'secure-context',
  'session-expired', 'session-foreign', 'unauthorised', 'no-such-party', 'document-mismatch',
]);
/** Problems that may be over in a moment. */
const PASSING = new Set(['network', 'submission-pending', 'not-your-turn', 'contract-changed', 'http-429']);
/** Problems that say that the contract went on without this page: look again. */
const MOVED = new Set(['already-signed', 'contract-ended', 'contract-complete']);

/** What the flow needs from the browser. */
export interface Surroundings {
  device(): Device;
  newKey(): string;
  /** Called once a session was opened, so that the link leaves the address bar. */
  linkOpened(): void;
  /** Tells the APP around the page, where there is one. */
  tell(message: BridgeMessage): void;
}

export interface State {
  step: Step;
  session: Session | null;
  /** On the second screen of a counter, where the next signer follows. */
  paired: boolean;
  receipt: Receipt | null;
  /** The last code that was sent: to whom, and until when it is good. */
  sent: { sent_to: string; expires: string } | null;
  problem: Problem | null;
  busy: boolean;
}

/** A handwriting, and when its first stroke was begun: milliseconds since 1970. */
export interface Written {
  handwriting: Handwriting;
  captured: number;
}

/** One signing from link to receipt: the only place that changes its state. */
export class Flow {
  readonly state: State = reactive({
    step: 'opening', session: null, paired: false, receipt: null, sent: null, problem: null, busy: false,
  });
  readonly api: SigningApi;
  readonly #memory: Memory;
  readonly #around: Surroundings;
  #again: (() => Promise<void>) | null = null;
  /** The handwriting of the submission that is under way: in this page's memory alone. */
  #written: string | null = null;
  /** What the APP was told already. */
  readonly #told = new Set<BridgeEvent>();
  /** What the signer asked for here, so that nobody else's doing is told as theirs. */
  #asked: 'signed' | 'refused' | null = null;

  constructor(api: SigningApi, memory: Memory, around: Surroundings) {
    this.api = api;
    this.#memory = memory;
    this.#around = around;
  }

  /** Opens a link (32 hex digits), or goes on with the tab's session when there is none. */
  async start(link: string | null): Promise<void> {
    await this.#attempt(async () => {
      if (link !== null) {
        this.#begin(await this.api.open(link));
        return;
      }
      const kept = this.#memory.kept;
      if (kept === null) throw new Problem('link-missing');
      this.api.secret = kept.secret;
      this.state.paired = kept.paired ?? false;
      this.state.receipt = kept.receipt ?? null;
      this.#enter(await this.api.session());
      if (kept.pending) await this.#resume(kept.pending);
    });
  }

  /** Waits for a clerk's code. Nothing of the signer before stays on this screen. */
  askForPairing(): void {
    this.#memory.forget();
    this.state.step = 'pairing';
  }

  /** Opens the session that a clerk has begun, by the clerk's code. */
  async pair(code: string): Promise<void> {
    await this.#attempt(async () => {
      this.state.paired = true;
      this.#begin(await this.api.pair(code));
    });
  }

  /** Reports the pages as read and goes on to the signature or the code. */
  async read(pages: PageRead[]): Promise<void> {
    await this.#attempt(async () => {
      const session = this.#session();
      if (!session.collected.includes('reading')) {
        await this.api.reading(pages);
        session.collected.push('reading');
      }
      this.#enter(session);
    });
  }

  /** Back to the pages, which stay read. */
  review(): void {
    this.state.problem = null;
    this.state.step = 'reading';
  }

  /** Agrees to texts, as they were shown. */
  async agree(consents: readonly Consent[]): Promise<void> {
    await this.#attempt(async () => {
      const session = this.#session();
      for (const consent of consents) {
        if (session.agreed.includes(consent.of)) continue;
        await this.api.agree(consent);
        session.agreed.push(consent.of);
      }
      this.#enter(session);
    });
  }

  /** Brings an item of evidence, captured at this time: milliseconds since 1970. */
  async bring(kind: string, content: Uint8Array, captured: number): Promise<void> {
    await this.#attempt(() => this.#collect(kind, async (sealer) => {
      const item = FORENSIC.has(kind) ? await sealer.toForensic(kind, content) : await sealer.toService(kind, content);
      await this.api.evidence(kind, item, captured);
    }));
  }

  /** Has an authority asked about the signer. */
  async identify(question: Question): Promise<void> {
    const kind = question.question === 'face' ? 'face' : 'identity';
    await this.#attempt(() => this.#collect(kind, async (sealer) => {
      await this.api.identity(await sealer.toService('identity', utf8(question)));
    }));
  }

  /** Sends a code, a new one each time. */
  async sendCode(): Promise<void> {
    await this.#attempt(async () => {
      this.state.sent = await this.api.sendCode();
    });
  }

  /** Checks a code that is evidence beside others. */
  async checkCode(code: string): Promise<void> {
    await this.#attempt(() => this.#collect('code', () => this.api.checkCode(code)));
  }

  /** Checks the code unless none is asked for or it was checked before, then signs. */
  async confirm(code: string | null): Promise<void> {
    await this.#attempt(async () => {
      const session = this.#session();
      if (code !== null && !session.collected.includes('code')) {
        await this.api.checkCode(code);
        session.collected.push('code');
      }
      await this.#send(null);
    });
  }

  /** Signs with handwriting. */
  async sign(written: Written): Promise<void> {
    await this.#attempt(() => this.#send(written));
  }

  async refuse(reason: string): Promise<void> {
    await this.#attempt(async () => {
      this.#asked = 'refused';
      await this.api.refuse(reason);
      this.#enter({ ...this.#session(), state: 'refused' });
    });
  }

  /** The signer leaves the page. */
  left(): void {
    this.#tell('closed');
  }

  /** Looks what became of the contract. */
  async refresh(): Promise<void> {
    await this.#attempt(async () => this.#enter(await this.api.session()));
  }

  /** The same by itself in the background: says nothing when it does not succeed. */
  async glance(): Promise<void> {
    const { busy, step } = this.state;
    if (busy) return;
    try {
      const session = await this.api.session();
      // The signer may have gone elsewhere meanwhile, and stays there.
      if (!this.state.busy && this.state.step === step) this.#enter(session);
    } catch {
      // The next glance may succeed; a person who presses the button is told why not.
    }
  }

  /** Fetches the finished contract and hands it to `save`. */
  async file(save: (file: Blob) => void): Promise<void> {
    await this.#attempt(async () => save(await this.api.file()));
  }

  /** Does again what failed last, from where the server stands: its answer alone may have been lost. */
  async retry(): Promise<void> {
    const again = this.#again;
    if (again === null) return;
    await this.#attempt(again, async () => {
      if (this.state.session) this.state.session = await this.api.session();
      await again();
    });
  }

  /** Whether {@link retry} can help with the problem that is shown. */
  get canRetry(): boolean {
    const problem = this.state.problem;
    if (problem === null || this.#again === null) return false;
    return PASSING.has(problem.code) || problem.status >= 500;
  }

  dismiss(): void {
    this.state.problem = null;
  }

  /** Stops before anything was asked of the server. */
  block(code: string): void {
    this.state.problem = new Problem(code);
    this.state.step = 'blocked';
  }

  async #attempt(action: () => Promise<void>, now = action): Promise<void> {
    if (this.state.busy) return;
    this.state.busy = true;
    this.state.problem = null;
    this.#again = action;
    try {
      await now();
    } catch (error) {
      await this.#fail(asProblem(error));
    } finally {
      this.state.busy = false;
    }
  }

  async #fail(problem: Problem): Promise<void> {
    if (MOVED.has(problem.code) && this.state.session) {
      try {
        const session = await this.api.session();
        this.#enter(session);
        if (session.state !== 'signing') return;
      } catch {
        // The first problem says more than the second.
      }
    }
    this.state.problem = problem;
    const lost = FINAL.has(problem.code) || problem.status === 401;
    if (lost || (this.state.step === 'opening' && !this.canRetry)) this.state.step = 'blocked';
  }

  #begin({ secret, session }: Opened): void {
    this.#memory.begin(secret, this.state.paired);
    this.#around.linkOpened();
    this.api.secret = secret;
    this.#enter(session);
  }

  /** Brings one kind of evidence unless it is there, then looks what is still wanted. */
  async #collect(kind: string, bring: (sealer: Sealer) => Promise<void>): Promise<void> {
    const session = this.#session();
    if (!session.collected.includes(kind)) await bring(new Sealer(session.sealing));
    this.#enter(await this.api.session());
  }

  /** Goes on with a submission whose answer never came: fetches its receipt, or lets the signer decide. */
  async #resume(pending: Pending): Promise<void> {
    if (this.state.step === 'done') {
      await this.#deliver(pending);
    } else if (this.state.step !== 'ended') {
      this.#again = () => this.#deliver(pending);
      throw new Problem('submission-pending');
    }
  }

  async #send(written: Written | null): Promise<void> {
    // The same act keeps its key, so that an answer that was lost on its way is given again.
    const pending = this.#pendingOf(written) ?? { key: this.#around.newKey(), content: await this.#pack(written) };
    this.#written = written && JSON.stringify(written);
    this.#memory.pending(pending);
    await this.#deliver(pending);
  }

  /** The submission that is under way, if it is of this very handwriting. */
  #pendingOf(written: Written | null): Pending | null {
    const pending = this.#memory.kept?.pending;
    if (!pending) return null;
    const { handwriting } = JSON.parse(pending.content) as Submission;
    const same = written === null ? handwriting === null : JSON.stringify(written) === this.#written;
    return same ? pending : null;
  }

  /** The submission's JSON, with the samples sealed: from here on nobody but the forensic key reads them. */
  async #pack(written: Written | null): Promise<string> {
    const session = this.#session();
    const submission: Submission = {
      contract: session.contract, document: session.document.digest, device: this.#around.device(), handwriting: null,
    };
    if (written !== null) {
      const samples = utf8(written.handwriting);
      const sealed = await new Sealer(session.sealing).toForensic('handwriting', samples);
      samples.fill(0);
      submission.handwriting = { drawing: drawingOf(written.handwriting), samples: toBase64(sealed), captured: written.captured };
    }
    return JSON.stringify(submission);
  }

  async #deliver({ key, content }: Pending): Promise<void> {
    const session = this.#session();
    this.#asked = 'signed';
    const sealed = await new Sealer(session.sealing).toService('package', new TextEncoder().encode(content));
    let receipt: Receipt;
    try {
      receipt = await this.api.submit(sealed, key);
    } catch (error) {
      const { status } = asProblem(error);
      if (status >= 400 && status < 500) this.#memory.settle();
      throw error;
    }
    this.#written = null;
    this.#memory.done(receipt);
    this.state.receipt = receipt;
    this.#enter({ ...session, state: receipt.state === 'complete' ? 'complete' : 'signed' });
  }

  #enter(session: Session): void {
    this.state.session = session;
    this.state.step = stepOf(session);
    if (this.state.step !== 'ended') this.#tell('ready');
    if (this.#asked === 'signed' && this.state.step === 'done') this.#tell('signed');
    if (this.#asked === 'refused' && session.state === 'refused') this.#tell('refused');
  }

  /** Each thing once: the APP has nothing to count. */
  #tell(event: BridgeEvent): void {
    const { session, receipt } = this.state;
    if (session === null || this.#told.has(event)) return;
    this.#told.add(event);
    this.#around.tell({ event, contract: session.contract, ...(event === 'signed' && receipt ? { act: receipt.act } : {}) });
  }

  #session(): Session {
    if (this.state.session === null) throw new Problem('link-missing');
    return this.state.session;
  }
}

function utf8(value: Handwriting | Question): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** What follows the reading. */
export function nextOf(session: Session): 'consent' | 'evidence' | Intent {
  if (consentIsDue(session)) return 'consent';
  return wanted(session).length > 0 ? 'evidence' : intentOf(session);
}

function stepOf(session: Session): Step {
  switch (session.state) {
    case 'signing':
      return session.collected.includes('reading') ? nextOf(session) : 'reading';
    case 'signed':
    case 'complete':
      return 'done';
    default:
      return 'ended';
  }
}
