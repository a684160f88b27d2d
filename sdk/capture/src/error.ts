/** The stable codes, the same as the server's. */
export type EnvelopeCode =
  | 'envelope-malformed'
  | 'envelope-too-large'
  | 'envelope-recipient'
  | 'envelope-key'
  | 'envelope-binding'
  | 'envelope-not-opened';

/** An envelope was not made, not read or not opened. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';

  constructor(
    readonly code: EnvelopeCode,
    message: string,
  ) {
    super(message);
  }
}
