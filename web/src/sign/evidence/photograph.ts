import { Problem } from '../api';

/** Longest side of a photograph that is sent, in pixels: enough to read small print on an identity card. */
export const LONGEST = 2000;

/** The size at which a picture is sent: never enlarged, its shape kept. */
export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/**
 * A picture of the device, drawn anew as JPEG: upright, not larger than needed, and without what
 * a camera writes beside the picture, such as the place. Throws a Problem `photo-unreadable`.
 */
export async function photograph(file: Blob): Promise<Blob> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Problem('photo-unreadable');
  }
  const { width, height } = fitted(picture.width, picture.height);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height);
  picture.close();
  const jpeg = await new Promise<Blob | null>((done) => { canvas.toBlob(done, 'image/jpeg', 0.88); });
  if (jpeg === null) throw new Problem('photo-unreadable');
  return jpeg;
}
