import { describe, expect, it } from 'vitest';
import { MAX_DURATION_MS, MAX_SAMPLES, Pad, type PointerSample } from '../src/sign/pad';

const frame = { left: 10, top: 20, scale: 1 };

function event(x: number, y: number, time: number, more: Partial<PointerSample> = {}): PointerSample {
  return { pointerId: 1, pointerType: 'pen', clientX: x, clientY: y, timeStamp: time, pressure: 0.5, tiltX: 0, tiltY: 0, ...more };
}

describe('the pad', () => {
  it('keeps every sample that the browser held back, in its order', () => {
    const pad = new Pad();
    pad.down(event(10, 20, 1000), frame, 300, 200);
    const held = Array.from({ length: 50 }, (_, index) => event(11 + index * 0.01, 21, 1000.5 + index * 0.25));
    pad.move(event(11.5, 21, 1013, { getCoalescedEvents: () => held }), frame);
    pad.up(event(12, 21, 1014, { pressure: 0 }), frame);
    expect(pad.strokes).toHaveLength(1);
    expect(pad.strokes[0]).toHaveLength(52);
    expect(pad.strokes[0]![1]).toEqual([1, 1, 0.5, 0.5, 0, 0]);
    expect(pad.strokes[0]![2]).toEqual([1.01, 1, 0.75, 0.5, 0, 0]);
  });

  it('takes the event itself where the browser holds nothing back', () => {
    const pad = new Pad();
    pad.down(event(10, 20, 0), frame, 300, 200);
    pad.move(event(15, 20, 8, { getCoalescedEvents: () => [] }), frame);
    pad.move(event(16, 20, 16), frame);
    expect(pad.strokes[0]!.map((sample) => sample[0])).toEqual([0, 5, 6]);
  });

  it('counts time from the first sample over all strokes, and never back', () => {
    const pad = new Pad();
    pad.down(event(10, 20, 500), frame, 300, 200);
    pad.move(event(12, 20, 510), frame);
    pad.move(event(13, 20, 507), frame);
    pad.up(event(13, 20, 520), frame);
    pad.down(event(30, 20, 900), frame, 300, 200);
    expect(pad.strokes.flat().map((sample) => sample[2])).toEqual([0, 10, 10, 20, 400]);
  });

  it('records pressure, tilt and the kind of pointer as they come', () => {
    const pad = new Pad();
    pad.down(event(10, 20, 0, { pointerType: 'pen', pressure: 0.8125, tiltX: -31, tiltY: 12 }), frame, 300, 200);
    expect(pad.handwriting()).toEqual({ pointer: 'pen', width: 300, height: 200, strokes: [[[0, 0, 0, 0.8125, -31, 12]]] });
    expect(JSON.parse(JSON.stringify(pad.handwriting()))).toEqual(pad.handwriting());
  });

  it('dates its beginning by the clock that dates all evidence', () => {
    const pad = new Pad();
    const before = Date.now();
    pad.down(event(10, 20, 5), frame, 300, 200);
    expect(pad.captured).toBeGreaterThanOrEqual(before);
    expect(pad.captured).toBeLessThanOrEqual(Date.now());
  });

  it('is written with one kind of pointer until it is empty again', () => {
    const pad = new Pad();
    pad.down(event(10, 20, 0), frame, 300, 200);
    pad.up(event(10, 20, 5), frame);
    expect(pad.down(event(10, 20, 9, { pointerType: 'touch', pointerId: 2 }), frame, 300, 200)).toBe('other-pointer');
    pad.undo();
    expect(pad.down(event(10, 20, 9, { pointerType: 'touch', pointerId: 2 }), frame, 300, 200)).toBe('taken');
    expect(pad.handwriting()?.pointer).toBe('touch');
    expect(pad.strokes[0]![0]![2]).toBe(0);
  });

  it('ignores a palm beside the finger that writes', () => {
    const pad = new Pad();
    pad.down(event(10, 20, 0, { pointerType: 'touch' }), frame, 300, 200);
    expect(pad.down(event(90, 90, 1, { pointerType: 'touch', pointerId: 2 }), frame, 300, 200)).toBe('ignored');
    expect(pad.move(event(91, 90, 2, { pointerType: 'touch', pointerId: 2 }), frame)).toBe(false);
    expect(pad.strokes).toHaveLength(1);
  });

  it('keeps its own pixels when the device is turned', () => {
    const pad = new Pad();
    pad.down(event(110, 120, 0), frame, 300, 200);
    pad.up(event(110, 120, 5), frame);
    pad.down(event(60, 70, 50), { left: 10, top: 20, scale: 0.5 }, 150, 90);
    expect(pad.size).toEqual({ width: 300, height: 200 });
    expect(pad.strokes[1]![0]!.slice(0, 2)).toEqual([100, 100]);
  });

  it('is not a signature when it is a dot', () => {
    const pad = new Pad();
    pad.down(event(10, 20, 0), frame, 300, 200);
    for (let time = 1; time < 20; time += 1) pad.move(event(10, 20, time), frame);
    expect(pad.enough).toBe(false);
    pad.move(event(60, 20, 30), frame);
    expect(pad.enough).toBe(true);
  });

  it('says so when a limit cost it samples, until they are gone', () => {
    const pad = new Pad();
    pad.down(event(10, 20, 0), frame, 300, 200);
    for (let index = 1; index < MAX_SAMPLES; index += 1) pad.move(event(10 + (index % 200), 20, index), frame);
    expect(pad.cut).toBe(false);
    pad.move(event(11, 20, MAX_SAMPLES), frame);
    expect(pad.cut).toBe(true);
    pad.undo();
    expect(pad.cut).toBe(false);
    expect(pad.handwriting()).toBeNull();
  });

  it('takes nothing after its longest time', () => {
    const pad = new Pad();
    pad.down(event(10, 20, 0), frame, 300, 200);
    pad.up(event(10, 20, 5), frame);
    expect(pad.down(event(10, 20, MAX_DURATION_MS + 1), frame, 300, 200)).toBe('full');
  });
});
