import { describe, expect, it } from 'vitest';
import refusals from '../../crates/signing/src/refusal.rs?raw';
import envelopes from '../../sdk/capture/src/error.ts?raw';
import policies from '../../crates/signing/src/policy.rs?raw';
import { language, pickLanguage, say } from '../src/shared/language';
import { kindHint, kindName, problems, problemText, texts } from '../src/sign/texts';

const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

describe('the texts', () => {
  it('exist in both languages with the same places', () => {
    const all = [...Object.values(texts), ...Object.values(problems).flatMap(({ title, remedy }) => [title, remedy])];
    for (const { zh, en } of all) {
      expect(zh.trim()).not.toBe('');
      expect(en.trim()).not.toBe('');
      expect(places(en)).toEqual(places(zh));
    }
  });

  it('explain every refusal of the signing service', () => {
    const codes = [...refusals.matchAll(/=> "([a-z]+(?:-[a-z]+)+)"/g)].map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(15);
    expect(codes.filter((code) => !Object.hasOwn(problems, code))).toEqual([]);
  });

  it('explain everything that can be wrong with an envelope', () => {
    const codes = [...envelopes.matchAll(/'(envelope-[a-z-]+)'/g)].map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(4);
    expect(codes.filter((code) => !Object.hasOwn(problems, code))).toEqual([]);
  });

  it('name every kind of evidence that a policy can ask for', () => {
    const kinds = [...policies.matchAll(/Self::\w+ => "([a-z-]+)"/g)].map(([, kind]) => kind!);
    const own = ['reading', 'device', 'consent', 'seal-order', 'act', 'counter', 'pad', 'app', 'sms', 'seal', 'closing'];
    const asked = kinds.filter((kind) => !own.includes(kind));
    expect(asked.length).toBeGreaterThan(12);
    for (const kind of asked) {
      expect(kindName(kind).zh, kind).not.toBe(kind);
      expect(kindHint(kind).en, kind).not.toBe('');
    }
  });

  it('show the detail of a problem that they do not know', () => {
    expect(problemText({ code: 'brand-new', message: 'why it failed' }).remedy.zh).toBe('why it failed');
    expect(problemText({ code: 'constructor', message: '' }).remedy.en).toBe('constructor');
  });

  it('are filled in and switched', () => {
    language.value = 'en';
    expect(say(texts.readProgress, { read: 2, pages: 5 })).toBe('2 of 5 pages read');
    language.value = 'zh';
    expect(say(texts.readProgress, { read: 2, pages: 5 })).toBe('已读 2 / 5 页');
  });

  it('are Chinese unless the browser asks for English', () => {
    expect(pickLanguage(['en-GB', 'zh-CN'])).toBe('en');
    expect(pickLanguage(['zh-TW'])).toBe('zh');
    expect(pickLanguage(['de-DE'])).toBe('zh');
    expect(pickLanguage([])).toBe('zh');
  });
});
