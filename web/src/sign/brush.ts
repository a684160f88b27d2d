import type { Handwriting, Sample } from './api';

/**
 * Draws one stroke as it grows: a smooth line whose width follows pressure (pen) or speed
 * (finger, mouse). Only the drawing is smoothed; the samples stay as they are.
 */
export class Brush {
  readonly #context: CanvasRenderingContext2D;
  readonly #pen: boolean;
  readonly #base: number;
  #last: Sample | null = null;
  #middle: [number, number] | null = null;
  #width: number;

  /** `base` is the middling width of the line, in pixels of the context. */
  constructor(context: CanvasRenderingContext2D, pointer: Handwriting['pointer'], base: number) {
    this.#context = context;
    this.#pen = pointer === 'pen';
    this.#base = base;
    this.#width = base;
  }

  /** Continues the stroke to a sample. */
  to(sample: Sample): void {
    const last = this.#last;
    this.#last = sample;
    if (last === null) {
      this.#dot(sample);
      this.#middle = [sample[0], sample[1]];
      return;
    }
    const distance = Math.hypot(sample[0] - last[0], sample[1] - last[1]);
    if (distance === 0) return;
    this.#width += 0.35 * (this.#wanted(sample, distance, sample[2] - last[2]) - this.#width);
    const from = this.#middle ?? [last[0], last[1]];
    const middle: [number, number] = [(last[0] + sample[0]) / 2, (last[1] + sample[1]) / 2];
    const context = this.#context;
    context.lineWidth = this.#width;
    context.beginPath();
    context.moveTo(from[0], from[1]);
    context.quadraticCurveTo(last[0], last[1], middle[0], middle[1]);
    context.stroke();
    this.#middle = middle;
  }

  /** Draws the half segment that waited for a next sample. */
  end(): void {
    if (this.#last === null || this.#middle === null) return;
    this.#context.lineWidth = this.#width;
    this.#context.beginPath();
    this.#context.moveTo(this.#middle[0], this.#middle[1]);
    this.#context.lineTo(this.#last[0], this.#last[1]);
    this.#context.stroke();
  }

  #wanted(sample: Sample, distance: number, milliseconds: number): number {
    if (this.#pen && sample[3] > 0) return this.#base * (0.45 + 1.1 * sample[3]);
    const speed = distance / Math.max(milliseconds, 1);
    return this.#base * (1.3 - 0.75 * Math.min(speed / 1.8, 1));
  }

  #dot(sample: Sample): void {
    this.#context.beginPath();
    this.#context.arc(sample[0], sample[1], this.#base / 2, 0, 2 * Math.PI);
    this.#context.fill();
  }
}

/** Draws whole strokes, for instance after an undo. */
export function drawStrokes(
  context: CanvasRenderingContext2D,
  strokes: readonly Sample[][],
  pointer: Handwriting['pointer'],
  base: number,
): void {
  for (const stroke of strokes) {
    const brush = new Brush(context, pointer, base);
    for (const sample of stroke) brush.to(sample);
    brush.end();
  }
}
