import { describe, expect, it } from 'vitest';
import { bringsEvidence, consentIsDue, consentsOf, differsAt, enough, intentOf, wanted } from '../src/sign/policy';

const asked = (required: string[], more: { collected?: string[]; consents?: string[]; agreed?: string[] } = {}) =>
  ({ required, collected: [], consents: [], agreed: [], ...more });

/** The defaults of the modes, as crates/signing/src/policy.rs has them. */
const COUNTER = ['id-photo-front', 'id-photo-back', 'identity', 'face|portrait', 'reading', 'device', 'signing-photo|video', 'handwriting'];
const APP = ['identity', 'face|password', 'reading', 'device', 'face|code', 'handwriting'];

describe('what a session asks for', () => {
  it('ends with what is required, and a button where evidence alone speaks', () => {
    expect(intentOf(asked(COUNTER))).toBe('handwriting');
    expect(intentOf(asked(APP))).toBe('handwriting');
    expect(intentOf(asked(['identity', 'reading', 'device', 'code']))).toBe('code');
    expect(intentOf(asked(['identity', 'reading', 'device', 'face']))).toBe('confirm');
    expect(intentOf(asked(['reading', 'device', 'handwriting|code'], { consents: ['handwriting'] }))).toBe('confirm');
    expect(intentOf(asked(['reading', 'device', 'handwriting|code'], { consents: ['handwriting'], agreed: ['handwriting'] }))).toBe('handwriting');
  });

  it('asks consent to what may be brought, and to nothing else', () => {
    const session = asked(APP, { consents: ['face', 'portrait', 'location', 'handwriting'] });
    expect(consentsOf(session)).toEqual(['face', 'handwriting']);
  });

  it('goes on without the face where there is another way', () => {
    const session = asked(['face|code', 'reading', 'device', 'handwriting'], { consents: ['face', 'handwriting'] });
    expect(consentIsDue(session)).toBe(true);
    expect(enough(session, ['face'])).toBe(false);
    expect(enough(session, ['handwriting'])).toBe(true);
    expect(wanted({ ...session, agreed: ['handwriting'] })).toEqual([{ requirement: 'face|code', kinds: ['code'] }]);
    expect(wanted({ ...session, agreed: ['handwriting', 'face'] })[0]!.kinds).toEqual(['face', 'code']);
  });

  it('wants what is missing, in the order in which it is asked for', () => {
    const left = wanted(asked(COUNTER, { collected: ['reading', 'id-photo-front', 'portrait'] }));
    expect(left.map(({ requirement }) => requirement)).toEqual(['id-photo-back', 'identity', 'signing-photo|video']);
  });

  it('names first what this page cannot bring', () => {
    expect(wanted(asked(['identity', 'password', 'reading', 'device', 'handwriting']))).toEqual([
      { requirement: 'password', kinds: [] }, { requirement: 'identity', kinds: ['identity'] },
    ]);
  });

  it('takes a code before the handwriting where both are asked for', () => {
    expect(wanted(asked(['reading', 'device', 'code', 'handwriting'])).map(({ requirement }) => requirement)).toEqual(['code']);
    expect(wanted(asked(['reading', 'device', 'code']))).toEqual([]);
    expect(bringsEvidence(asked(['reading', 'device', 'code']))).toBe(false);
  });

  it('holds a copy against its original, character by character', () => {
    expect(differsAt('本人已知晓', '')).toBeNull();
    expect(differsAt('本人已知晓', '本人已')).toBeNull();
    expect(differsAt('本人已知晓', '本人己知')).toBe(2);
    expect(differsAt('本人已知晓', '本人已知晓。')).toBe(5);
    expect(differsAt('𠮷人', '𠮷入')).toBe(1);
  });
});
