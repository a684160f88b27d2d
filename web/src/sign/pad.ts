import type { Handwriting, Sample } from './api';

/** The part of a browser's `PointerEvent` that handwriting is made of. */
export interface PointerSample {
  readonly pointerId: number;
  readonly pointerType: string;
  readonly clientX: number;
  readonly clientY: number;
  readonly timeStamp: number;
  readonly pressure: number;
  readonly tiltX: number;
  readonly tiltY: number;
  getCoalescedEvents?(): readonly PointerSample[];
}

/** Where the pad lies: client pixels of its top-left corner, and client pixels for one of its own. */
export interface Frame {
  left: number;
  top: number;
  scale: number;
}

/** What {@link Pad.down} made of a pointer. */
export type Taken = 'taken' | 'other-pointer' | 'full' | 'ignored';

/** Most strokes of one signature. */
export const MAX_STROKES = 200;
/** Most samples of one signature: some minutes of a fast pen. */
export const MAX_SAMPLES = 20_000;
/** Longest time from the first sample to the last, in milliseconds. */
export const MAX_DURATION_MS = 600_000;

/**
 * Records handwriting exactly as the device gives it: every coalesced sample, nothing thinned,
 * nothing smoothed. One signature is written with one kind of pointer, since the record names it.
 */
export class Pad {
  readonly strokes: Sample[][] = [];
  #kind: Handwriting['pointer'] | null = null;
  #width = 0;
  #height = 0;
  #start = 0;
  #captured = 0;
  #last = 0;
  #count = 0;
  #active: number | null = null;
  #cut = false;

  /** Kind of the pointer in use; null while nothing is written. */
  get kind(): Handwriting['pointer'] | null {
    return this.#kind;
  }

  get empty(): boolean {
    return this.strokes.length === 0;
  }

  get writing(): boolean {
    return this.#active !== null;
  }

  /** The pad's own size in CSS pixels: fixed by the first stroke, so that turning the device changes no sample. */
  get size(): { width: number; height: number } | null {
    return this.empty ? null : { width: this.#width, height: this.#height };
  }

  /** When the first stroke was begun, by the clock that dates all evidence: milliseconds since 1970. */
  get captured(): number {
    return this.#captured;
  }

  /** Whether a limit was met, so that samples are missing: such a record must not be submitted. */
  get cut(): boolean {
    return this.#cut;
  }

  /** A pointer touches the pad, which is `width` by `height` CSS pixels if this is its first stroke. */
  down(event: PointerSample, frame: Frame, width: number, height: number): Taken {
    if (this.#active !== null) return 'ignored';
    const kind = kindOf(event.pointerType);
    if (this.#kind !== null && this.#kind !== kind) return 'other-pointer';
    const late = !this.empty && event.timeStamp - this.#start > MAX_DURATION_MS;
    if (late || this.strokes.length >= MAX_STROKES || this.#count >= MAX_SAMPLES) return 'full';
    if (this.empty) {
      this.#kind = kind;
      this.#width = width;
      this.#height = height;
      this.#start = event.timeStamp;
      // Not from the time stamp: its clock stands still while some devices sleep.
      this.#captured = Date.now();
      this.#last = 0;
    }
    this.#active = event.pointerId;
    this.strokes.push([]);
    this.#add(event, frame);
    return 'taken';
  }

  /** The pointer moved: takes every sample that the browser held back since the last event. */
  move(event: PointerSample, frame: Frame): boolean {
    if (event.pointerId !== this.#active) return false;
    const held = event.getCoalescedEvents?.() ?? [];
    for (const sample of held.length > 0 ? held : [event]) this.#add(sample, frame);
    return true;
  }

  /** The pointer left; its place and time of leaving are a sample too. */
  up(event: PointerSample, frame: Frame): boolean {
    if (event.pointerId !== this.#active) return false;
    this.#add(event, frame);
    this.#active = null;
    return true;
  }

  /** The system took the pointer away; what was written stays. */
  cancel(event: PointerSample): boolean {
    if (event.pointerId !== this.#active) return false;
    this.#active = null;
    return true;
  }

  /** Takes back the last stroke. */
  undo(): void {
    const gone = this.strokes.pop();
    this.#count -= gone?.length ?? 0;
    this.#active = null;
    this.#cut = false;
    if (this.empty) this.#kind = null;
  }

  clear(): void {
    this.strokes.length = 0;
    this.#count = 0;
    this.#active = null;
    this.#cut = false;
    this.#kind = null;
  }

  /** Whether this can be a signature at all: more than a tap or a dot. */
  get enough(): boolean {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x, y] of this.strokes.flat()) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    return this.#count >= 8 && Math.max(right - left, bottom - top) >= 24;
  }

  /** The record, as it is sealed; null while nothing is written. */
  handwriting(): Handwriting | null {
    if (this.#kind === null) return null;
    return {
      pointer: this.#kind,
      width: this.#width,
      height: this.#height,
      strokes: this.strokes.map((stroke) => stroke.map((sample) => [...sample] satisfies Sample)),
    };
  }

  #add(event: PointerSample, frame: Frame): void {
    if (this.#count >= MAX_SAMPLES || event.timeStamp - this.#start > MAX_DURATION_MS) {
      this.#cut = true;
      return;
    }
    // Browsers may stamp a held-back sample before its predecessor; time never runs back in the record.
    this.#last = Math.max(this.#last, event.timeStamp - this.#start);
    this.strokes.at(-1)?.push([
      thousandths((event.clientX - frame.left) / frame.scale),
      thousandths((event.clientY - frame.top) / frame.scale),
      thousandths(this.#last),
      Math.min(1, Math.max(0, event.pressure)),
      event.tiltX,
      event.tiltY,
    ]);
    this.#count += 1;
  }
}

function kindOf(pointerType: string): Handwriting['pointer'] {
  return pointerType === 'pen' || pointerType === 'touch' ? pointerType : 'mouse';
}

/** Finer than any device measures; keeps the noise of binary fractions out of the record. */
function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
