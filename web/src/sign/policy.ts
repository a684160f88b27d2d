/** What a session asks for, and what is to be done next. */
import type { Session } from './api';

/** Kinds of evidence that the signer brings on this page, each in a step of its own. */
const BROUGHT = new Set([
  'id-photo-front', 'id-photo-back', 'portrait', 'face', 'signing-photo', 'video', 'voice',
  'location', 'identity', 'transcription', 'code',
]);
/** Kinds that have a place of their own: before all, or with the submission. */
const ELSEWHERE = new Set(['reading', 'device', 'handwriting']);

/** What of a session decides on the way through it. */
type Asked = Pick<Session, 'required' | 'collected' | 'consents' | 'agreed'>;

/** By what the signer shows at the end that this is meant. `confirm`: nothing more than a button. */
export type Intent = 'handwriting' | 'code' | 'confirm';

function alternatives({ required }: Asked): string[][] {
  return required.map((requirement) => requirement.split('|'));
}

/** Whether this page can bring a kind at all. */
function known(kind: string): boolean {
  return BROUGHT.has(kind) || ELSEWHERE.has(kind);
}

/** Whether a kind can be brought when there is consent to these. */
function usable(session: Asked, kind: string, agreed: readonly string[]): boolean {
  return known(kind) && (!session.consents.includes(kind) || agreed.includes(kind));
}

/** The kinds to whose texts consent is asked: those that may be brought, and no others. */
export function consentsOf(session: Asked): string[] {
  const kinds = new Set(alternatives(session).flat());
  return session.consents.filter((kind) => kinds.has(kind) && known(kind));
}

/** Whether with consent to these kinds everything can be brought that this page can bring. */
export function enough(session: Asked, agreed: readonly string[]): boolean {
  return alternatives(session).every((kinds) =>
    kinds.some((kind) => session.collected.includes(kind) || usable(session, kind, agreed)) || !kinds.some(known),
  );
}

/** Whether consent must be asked before the signer can go on. */
export function consentIsDue(session: Asked): boolean {
  return !enough(session, session.agreed);
}

/** By what the signer signs: a requirement decides it, never the name of the mode. */
export function intentOf(session: Asked): Intent {
  const all = alternatives(session);
  const written = (kinds: string[]): boolean =>
    kinds.includes('handwriting') && (kinds.length === 1 || usable(session, 'handwriting', session.agreed));
  if (all.some(written)) return 'handwriting';
  return all.some((kinds) => kinds.length === 1 && kinds[0] === 'code') ? 'code' : 'confirm';
}

/** Something that is still to be brought: of these kinds one is enough. Empty where this page can bring none. */
export interface Wanted {
  requirement: string;
  kinds: string[];
}

/** Whether a requirement is met by the evidence step: not by reading, nor by what comes with the submission. */
function isBrought(session: Asked, kinds: readonly string[]): boolean {
  const intent = intentOf(session);
  if (kinds.some((kind) => kind === 'reading' || kind === 'device')) return false;
  return intent === 'confirm' || !kinds.includes(intent);
}

/** What is to be brought before the signature; what this page cannot bring comes first, so that it is told at once. */
export function wanted(session: Asked): Wanted[] {
  const open = alternatives(session)
    .filter((kinds) => isBrought(session, kinds) && !kinds.some((kind) => session.collected.includes(kind)))
    .map((kinds) => ({
      requirement: kinds.join('|'),
      kinds: kinds.filter((kind) => BROUGHT.has(kind) && usable(session, kind, session.agreed)),
    }));
  return open.sort((a, b) => Number(a.kinds.length > 0) - Number(b.kinds.length > 0));
}

/** Whether there is anything for the evidence step in this session, brought or not. */
export function bringsEvidence(session: Asked): boolean {
  return alternatives(session).some((kinds) => isBrought(session, kinds));
}

/** Whether an officer or a clerk attends, who may bring evidence too. */
export function attended({ collected }: Asked): boolean {
  return collected.includes('attendant');
}

/** Where a copy differs from its original: the first character, from 0; null where it is the same so far. */
export function differsAt(original: string, copy: string): number | null {
  const [left, right] = [[...original], [...copy]];
  const at = right.findIndex((character, index) => character !== left[index]);
  return at < 0 ? null : at;
}
