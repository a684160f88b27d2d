import { open } from '@inkseal/capture/open';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  Problem, type Consent, type Question, type Receipt, type Sealed, type Session, type SigningApi, type Submission,
} from '../src/sign/api';
import type { BridgeMessage } from '../src/sign/bridge';
import { fromBase64 } from '../src/sign/bytes';
import { Flow, type Written } from '../src/sign/flow';
import { Memory } from '../src/sign/memory';
import { sealing } from './keys';

const LINK = '0123456789abcdef0123456789abcdef';
const INK: Written = {
  handwriting: {
    pointer: 'pen', width: 300, height: 200,
    strokes: [[[12.345, 23.456, 0, 0.51, 7, -3], [47.891, 29.123, 16.25, 0.62, 7, -3], [83.777, 61.238, 33.5, 0.73, 8, -3]]],
  },
  captured: 1_795_000_000_000,
};
const OTHER: Written = { ...INK, handwriting: { ...INK.handwriting, width: 301 } };
let keys: Awaited<ReturnType<typeof sealing>>;
beforeAll(async () => { keys = await sealing(); });

/** What is inside an envelope for this item. */
async function opened<T>(to: 'transport' | 'forensic', item: string, envelope: Sealed): Promise<T> {
  const content = await open(keys[to], { ...keys.sealing.binding, item }, envelope);
  return JSON.parse(new TextDecoder().decode(content)) as T;
}
const RECEIPT: Receipt = {
  act: 'a1', contract: 'c1', role: 'borrower', signed_at: '2026-11-24T02:30:12.345Z',
  revision: 'sm3:01', evidence: 'sm3:02', certificate: '03', state: 'signed',
};

class Shelf {
  readonly things = new Map<string, string>();
  full = false;
  removeItem(name: string): void {
    this.things.delete(name);
  }
  getItem(name: string): string | null {
    return this.things.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    if (this.full && value.length > 60) throw new Error('QuotaExceededError');
    this.things.set(name, value);
  }
}

/** A server that answers as told: each entry of `fails` is thrown once, by its method. */
class Server {
  session: Session = {
    session: 's1', contract: 'c1', title: '合同', role: 'borrower', role_title: { zh: '借款人', en: 'Borrower' },
    mode: 'pad', signer: '张三', sender: '平台', document: { digest: 'sm3:aa', pages: 1 }, places: [],
    required: ['reading', 'device', 'handwriting'], collected: [], consents: [], agreed: [], reading_ms: 500, sentence: null,
    sealing: keys.sealing, phone: null, expires: '2026-12-01T00:00:00.000Z', return_url: null, state: 'signing',
  };
  fails: Record<string, Problem[]> = {};
  calls: string[] = [];
  submissions: { content: string; key: string }[] = [];
  consents: Consent[] = [];
  evidence: { kind: string; item: Sealed; captured: number }[] = [];
  questions: Question[] = [];

  api(): SigningApi {
    const answer = <T>(name: string, value: () => T) => (): Promise<T> => {
      this.calls.push(name);
      const failure = this.fails[name]?.shift();
      return failure ? Promise.reject(failure) : Promise.resolve(value());
    };
    const collect = (kind: string) => () => { this.session.collected.push(kind); };
    const fake = {
      secret: '',
      open: answer('open', () => ({ secret: 'feed', session: structuredClone(this.session) })),
      pair: answer('pair', () => ({ secret: 'cafe', session: structuredClone(this.session) })),
      session: answer('session', () => structuredClone(this.session)),
      reading: answer('reading', collect('reading')),
      sendCode: answer('sendCode', () => ({ sent_to: '138****1234', expires: '' })),
      checkCode: answer('checkCode', collect('code')),
      refuse: answer('refuse', () => { this.session.state = 'refused'; }),
      agree: (consent: Consent) => {
        this.consents.push(consent);
        return answer('agree', () => { this.session.agreed.push(consent.of); })();
      },
      evidence: (kind: string, item: Sealed, captured: number) => {
        this.evidence.push({ kind, item, captured });
        return answer('evidence', collect(kind))();
      },
      identity: async (question: Sealed) => {
        this.questions.push(await opened('transport', 'identity', question));
        return answer('identity', collect('identity'))();
      },
      submit: async (submission: Sealed, key: string) => {
        this.submissions.push({ content: JSON.stringify(await opened('transport', 'package', submission)), key });
        return answer('submit', () => RECEIPT)();
      },
    };
    return fake as unknown as SigningApi;
  }
}

let server: Server;
let shelf: Shelf;
let made: number;
let cleared: number;
let told: BridgeMessage[];

function page(): Flow {
  return new Flow(server.api(), new Memory(shelf), {
    device: () => ({ user_agent: 'test', screen: '1x1@1', language: 'zh-CN', timezone: 'Asia/Shanghai' }),
    newKey: () => `key-${(made += 1)}`,
    linkOpened: () => { cleared += 1; },
    tell: (message) => { told.push(message); },
  });
}

beforeEach(() => {
  [server, shelf, made, cleared, told] = [new Server(), new Shelf(), 0, 0, []];
});

describe('a signing', () => {
  it('goes from link to receipt', async () => {
    const flow = page();
    await flow.start(LINK);
    expect([flow.state.step, cleared]).toEqual(['reading', 1]);
    await flow.read([]);
    expect(flow.state.step).toBe('handwriting');
    await flow.sign(INK);
    expect(flow.state.step).toBe('done');
    expect(flow.state.receipt).toEqual(RECEIPT);
    const submission = JSON.parse(server.submissions[0]!.content) as Submission;
    expect(submission).toMatchObject({ contract: 'c1', document: 'sm3:aa', handwriting: { captured: INK.captured } });
    expect(submission.handwriting!.drawing).toMatchObject({ pointer: 'pen' });
    expect(await opened('forensic', 'handwriting', fromBase64(submission.handwriting!.samples))).toEqual(INK.handwriting);
  });

  it('goes on after a reload without opening the link again', async () => {
    await page().start(LINK);
    server.session.collected.push('reading');
    const again = page();
    await again.start(null);
    expect(again.state.step).toBe('handwriting');
    expect(server.calls).toEqual(['open', 'session']);
  });

  it('keeps the link in the address when it could not be opened', async () => {
    server.fails['open'] = [new Problem('network')];
    const flow = page();
    await flow.start(LINK);
    expect([flow.state.step, flow.canRetry, cleared]).toEqual(['opening', true, 0]);
    await flow.retry();
    expect([flow.state.step, flow.state.problem, cleared]).toEqual(['reading', null, 1]);
  });

  it('sends a submission again under the same key until its answer comes', async () => {
    server.session.collected.push('reading');
    server.fails['submit'] = [new Problem('network'), new Problem('http-502', '', 502)];
    const flow = page();
    await flow.start(LINK);
    await flow.sign(INK);
    expect([flow.state.step, flow.state.problem?.code]).toEqual(['handwriting', 'network']);
    await flow.retry();
    await flow.sign(structuredClone(INK));
    expect(flow.state.step).toBe('done');
    expect(server.submissions.map(({ key }) => key)).toEqual(['key-1', 'key-1', 'key-1']);
    expect(new Set(server.submissions.map(({ content }) => content)).size).toBe(1);
  });

  it('puts no sample into the storage as it was written', async () => {
    server.session.collected.push('reading');
    server.fails['submit'] = [new Problem('network')];
    const flow = page();
    await flow.start(LINK);
    await flow.sign(INK);
    const kept = [...shelf.things.values()].join();
    expect(kept).toContain('samples');
    for (const [x, y, time, pressure] of INK.handwriting.strokes.flat()) {
      expect(kept).not.toContain(`${x},${y},${time},${pressure}`);
    }
    expect(kept).not.toContain('16.25');
  });

  it('leaves it to the signer whether a lost submission is sent after a reload', async () => {
    server.session.collected.push('reading');
    server.fails['submit'] = [new Problem('network')];
    const first = page();
    await first.start(LINK);
    await first.sign(INK);
    const second = page();
    await second.start(null);
    expect([second.state.step, second.state.problem?.code]).toEqual(['handwriting', 'submission-pending']);
    expect(server.submissions).toHaveLength(1);
    await second.retry();
    expect(second.state.step).toBe('done');
    expect(server.submissions.map(({ key }) => key)).toEqual(['key-1', 'key-1']);
    expect(server.submissions[1]!.content).toBe(server.submissions[0]!.content);
  });

  it('fetches the receipt after a reload when only the answer was lost', async () => {
    server.session.collected.push('reading');
    server.fails['submit'] = [new Problem('network')];
    const first = page();
    await first.start(LINK);
    await first.sign(INK);
    server.session.state = 'signed';
    const second = page();
    await second.start(null);
    expect(second.state.step).toBe('done');
    expect(second.state.receipt).toEqual(RECEIPT);
    expect(server.submissions.map(({ key }) => key)).toEqual(['key-1', 'key-1']);
    expect([...shelf.things.values()].join()).not.toContain('strokes');
  });

  it('takes a new key for another handwriting, and after a refusal', async () => {
    server.session.collected.push('reading');
    server.fails['submit'] = [new Problem('network'), new Problem('evidence-missing', '', 422)];
    const flow = page();
    await flow.start(LINK);
    await flow.sign(INK);
    await flow.sign(OTHER);
    await flow.sign(OTHER);
    expect(server.submissions.map(({ key }) => key)).toEqual(['key-1', 'key-2', 'key-3']);
  });

  it('does not check a code twice when only the signing failed', async () => {
    server.session.required = ['reading', 'device', 'code'];
    server.session.collected.push('reading');
    server.fails['submit'] = [new Problem('network')];
    const flow = page();
    await flow.start(LINK);
    await flow.confirm('123456');
    await flow.retry();
    expect(flow.state.step).toBe('done');
    expect(server.calls.filter((call) => call === 'checkCode')).toHaveLength(1);
  });

  it('asks what became of a check whose answer was lost', async () => {
    server.session.required = ['reading', 'device', 'code'];
    server.session.collected.push('reading');
    const flow = page();
    await flow.start(LINK);
    server.fails['checkCode'] = [new Problem('network')];
    await flow.confirm('123456');
    server.session.collected.push('code');
    await flow.retry();
    expect(flow.state.step).toBe('done');
    expect(server.calls.filter((call) => call === 'checkCode')).toHaveLength(1);
  });

  it('looks again when the contract went on without it', async () => {
    server.session.collected.push('reading');
    const flow = page();
    await flow.start(LINK);
    server.session.state = 'withdrawn';
    server.fails['submit'] = [new Problem('contract-ended', '', 409)];
    await flow.sign(INK);
    expect([flow.state.step, flow.state.session?.state]).toEqual(['ended', 'withdrawn']);
  });

  it.each([['link-used', 410], ['session-expired', 410], ['unauthorised', 401], ['some-new-code', 401]])(
    'stops for good at %s', async (code, status) => {
      const flow = page();
      await flow.start(LINK);
      server.fails['reading'] = [new Problem(code, '', status)];
      await flow.read([]);
      expect([flow.state.step, flow.canRetry]).toEqual(['blocked', false]);
    },
  );

  it('ends with a refusal', async () => {
    const flow = page();
    await flow.start(LINK);
    await flow.refuse('利率不符');
    expect(flow.state.step).toBe('ended');
  });

  it('asks for a link when there is none', async () => {
    const flow = page();
    await flow.start(null);
    expect([flow.state.step, flow.state.problem?.code]).toEqual(['blocked', 'link-missing']);
  });

  it('signs where the storage is full', async () => {
    shelf.full = true;
    server.session.collected.push('reading');
    const flow = page();
    await flow.start(LINK);
    await flow.sign(INK);
    expect(flow.state.step).toBe('done');
    expect(new Memory(shelf).kept?.secret).toBe('feed');
  });
});

describe('what comes before the signature', () => {
  it('is consent, then evidence, then the signature', async () => {
    server.session = {
      ...server.session, mode: 'counter', collected: ['reading'], consents: ['signing-photo', 'handwriting'],
      required: ['id-photo-front', 'signing-photo', 'identity', 'reading', 'device', 'handwriting'],
    };
    const flow = page();
    await flow.start(LINK);
    expect(flow.state.step).toBe('consent');
    await flow.agree(['signing-photo', 'handwriting'].map((of) => ({ of, version: '1', language: 'en' })));
    expect(flow.state.step).toBe('evidence');
    await flow.bring('id-photo-front', new TextEncoder().encode('"front"'), 5);
    await flow.bring('signing-photo', new TextEncoder().encode('"signing"'), 6);
    expect(flow.state.step).toBe('evidence');
    await flow.identify({ question: 'person' });
    expect(flow.state.step).toBe('handwriting');
    expect(server.consents.map(({ of }) => of)).toEqual(['signing-photo', 'handwriting']);
    expect(server.questions).toEqual([{ question: 'person' }]);
    const [front, signing] = server.evidence;
    expect([front!.captured, signing!.captured]).toEqual([5, 6]);
    expect(await opened('transport', 'id-photo-front', front!.item)).toBe('front');
    expect(await opened('forensic', 'signing-photo', signing!.item)).toBe('signing');
  });

  it('is not brought twice when only the answer was lost', async () => {
    server.session = { ...server.session, collected: ['reading'], required: ['location', 'reading', 'device', 'handwriting'] };
    const flow = page();
    await flow.start(LINK);
    server.fails['evidence'] = [new Problem('network')];
    await flow.bring('location', new Uint8Array(2), 5);
    server.session.collected.push('location');
    await flow.retry();
    expect([flow.state.step, server.evidence.length]).toEqual(['handwriting', 1]);
  });

  it('asks for each consent until it was taken', async () => {
    server.session = { ...server.session, collected: ['reading'], consents: ['handwriting'] };
    const flow = page();
    await flow.start(LINK);
    server.fails['agree'] = [new Problem('network')];
    const consents: Consent[] = [{ of: 'handwriting', version: '1', language: 'zh' }];
    await flow.agree(consents);
    expect([flow.state.step, flow.canRetry]).toEqual(['consent', true]);
    await flow.retry();
    expect(flow.state.step).toBe('handwriting');
  });

  it('is a code by the requirement, whatever the mode is called', async () => {
    server.session = { ...server.session, mode: 'pad', collected: ['reading'], required: ['reading', 'device', 'code'] };
    const flow = page();
    await flow.start(LINK);
    expect(flow.state.step).toBe('code');
  });
});

describe('what an APP is told', () => {
  const contract = 'c1';

  it('is each thing once, though its answer was lost on the way', async () => {
    server.session.collected.push('reading');
    server.fails['submit'] = [new Problem('network')];
    const flow = page();
    await flow.start(LINK);
    await flow.sign(INK);
    expect(told).toEqual([{ event: 'ready', contract }]);
    await flow.retry();
    await flow.refresh();
    flow.left();
    flow.left();
    expect(told).toEqual([{ event: 'ready', contract }, { event: 'signed', contract, act: 'a1' }, { event: 'closed', contract }]);
  });

  it('is the act of a submission whose answer came after a reload, and not that of a receipt kept', async () => {
    server.session.collected.push('reading');
    server.fails['submit'] = [new Problem('network')];
    const first = page();
    await first.start(LINK);
    await first.sign(INK);
    server.session.state = 'signed';
    told = [];
    await page().start(null);
    expect(told).toEqual([{ event: 'ready', contract }, { event: 'signed', contract, act: 'a1' }]);
    told = [];
    await page().start(null);
    expect(told).toEqual([{ event: 'ready', contract }]);
  });

  it('is the signer’s own refusal, also when only its answer was lost', async () => {
    server.fails['refuse'] = [new Problem('network'), new Problem('contract-ended', '', 409)];
    const flow = page();
    await flow.start(LINK);
    await flow.refuse('利率不符');
    expect(told).toEqual([{ event: 'ready', contract }]);
    server.session.state = 'refused';
    await flow.retry();
    expect(told).toEqual([{ event: 'ready', contract }, { event: 'refused', contract }]);
  });

  it('is not what another party did', async () => {
    server.session.state = 'signed';
    const flow = page();
    await flow.start(LINK);
    server.session.state = 'refused';
    await flow.refresh();
    expect(flow.state.step).toBe('ended');
    expect(told).toEqual([{ event: 'ready', contract }]);
  });

  it('is nothing of a link that did not open, nor that a contract is shown when it had ended', async () => {
    server.fails['open'] = [new Problem('link-used', '', 410)];
    const flow = page();
    await flow.start(LINK);
    flow.left();
    expect(told).toEqual([]);
    server.session.state = 'withdrawn';
    await page().start(LINK);
    expect(told).toEqual([]);
  });
});

describe('the second screen of a counter', () => {
  it('opens by a code, stays a second screen over a reload, and forgets the signer for the next one', async () => {
    server.session.collected.push('reading');
    const flow = page();
    flow.askForPairing();
    expect([flow.state.step, flow.state.problem]).toEqual(['pairing', null]);
    await flow.pair('12345678');
    expect([flow.state.step, flow.state.paired]).toEqual(['handwriting', true]);
    await flow.sign(INK);
    server.session.state = 'signed';
    const again = page();
    await again.start(null);
    expect([again.state.step, again.state.paired, again.state.receipt]).toEqual(['done', true, RECEIPT]);
    page().askForPairing();
    expect(new Memory(shelf).kept).toBeNull();
  });

  it('asks again when a code was not good', async () => {
    const flow = page();
    flow.askForPairing();
    server.fails['pair'] = [new Problem('staff-code-unknown', '', 404), new Problem('too-many-tries', '', 429), new Problem('network')];
    for (const code of ['staff-code-unknown', 'too-many-tries', 'network']) {
      await flow.pair('12345678');
      expect([flow.state.step, flow.state.problem?.code, flow.canRetry]).toEqual(['pairing', code, code === 'network']);
    }
    await flow.retry();
    expect(flow.state.step).toBe('reading');
  });

  it('sees what the clerk has brought, but does not leave where the signer went', async () => {
    server.session = { ...server.session, required: ['id-photo-front', 'reading', 'device', 'handwriting'], collected: ['reading'] };
    const flow = page();
    await flow.start(LINK);
    server.session.collected.push('id-photo-front');
    const looking = flow.glance();
    flow.review();
    await looking;
    expect(flow.state.step).toBe('reading');
    flow.state.step = 'evidence';
    await flow.glance();
    expect(flow.state.step).toBe('handwriting');
  });
});
