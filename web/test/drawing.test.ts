import { describe, expect, it } from 'vitest';
import type { Handwriting, Sample } from '../src/sign/api';
import { drawingOf } from '../src/sign/drawing';

/** A wave, written in so many steps with this pause before each. */
function wave(steps: number, pause: (step: number) => number, pressure: (step: number) => number = () => 0.5): Sample[] {
  let time = 0;
  return Array.from({ length: steps }, (_, step): Sample => {
    time += step > 0 ? pause(step) : 0;
    const at = step / (steps - 1);
    return [10 + 180 * at, 75 + 40 * Math.sin(at * 6), time, pressure(step / steps), 0, 0];
  });
}

const written = (pointer: Handwriting['pointer'], ...strokes: Sample[][]): Handwriting => ({ pointer, width: 300, height: 150, strokes });

describe('the drawing of a handwriting', () => {
  it('goes where the hand went, stroke by stroke', () => {
    const strokes = [wave(60, () => 8), [[250, 20, 900, 0.5, 0, 0]] as Sample[]];
    const drawing = drawingOf(written('touch', ...strokes));
    expect(drawing.pointer).toBe('touch');
    expect(drawing.strokes).toHaveLength(2);
    for (const stroke of drawing.strokes) {
      for (const [x, y, radius] of stroke) {
        const nearest = Math.min(...strokes.flat().map((sample) => Math.hypot(sample[0] - x, sample[1] - y)));
        expect(nearest).toBeLessThan(3);
        expect(radius).toBeGreaterThan(0);
        expect(radius).toBeLessThan(8);
      }
    }
    expect(drawing.strokes[0]!.at(0)!.slice(0, 2)).toEqual([10, 75]);
    expect(drawing.strokes[1]).toHaveLength(1);
  });

  it('has its points at even distances, however the hand hurried', () => {
    const hurried: Sample[] = [];
    for (let at = 0, step = 0; at <= 1; step += 1, at += step % 12 < 6 ? 0.003 : 0.04) {
      hurried.push([10 + 200 * at, 75 + 30 * Math.sin(at * 5), step * 8, 0.5, 0, 0]);
    }
    const [stroke] = drawingOf(written('mouse', hurried)).strokes;
    const gaps = stroke!.slice(1, -1).map(([x, y], index) => Math.hypot(x - stroke![index]![0], y - stroke![index]![1]));
    expect(gaps.length).toBeGreaterThan(50);
    expect(Math.max(...gaps) / Math.min(...gaps)).toBeLessThan(1.2);
  });

  it('is the same when all of it was written twice as slowly', () => {
    expect(drawingOf(written('touch', wave(60, () => 16)))).toEqual(drawingOf(written('touch', wave(60, () => 8))));
  });

  it('is wider where a pen pressed, and knows nothing of time then', () => {
    const pressing = (step: number): number => 0.2 + 0.7 * step;
    const [stroke] = drawingOf(written('pen', wave(80, () => 8, pressing))).strokes;
    const middle = stroke!.length / 2;
    expect(stroke![Math.round(middle * 1.5)]![2]).toBeGreaterThan(stroke![Math.round(middle / 2)]![2] * 1.3);
    expect(drawingOf(written('pen', wave(80, (step) => 3 + (step % 9), pressing)))).toEqual(drawingOf(written('pen', wave(80, () => 8, pressing))));
  });

  it('stays small however much was written', () => {
    const scribble = Array.from({ length: 200 }, (_, line): Sample[] =>
      Array.from({ length: 100 }, (_, step): Sample => [step % 2 ? 2000 : 0, (line * 7) % 1200, line * 1000 + step, 0.5, 0, 0]));
    const drawing = drawingOf(written('mouse', ...scribble));
    expect(drawing.strokes).toHaveLength(200);
    expect(drawing.strokes.flat().length).toBeLessThan(50_000);
  });
});
