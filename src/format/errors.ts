// What the format readers throw: they know a place in the bytes, but not the name of the file.

/**
 * Malformed input. `place` says where (`byte 1234`, `line 3, column 7`), `message` what is wrong, without place or file name.
 * Whoever knows the file's name turns it into a JigdoError: `NAME: PLACE: MESSAGE`.
 */
export class FormatError extends Error {
  readonly place: string;

  constructor(place: string, message: string) {
    super(message);
    this.name = 'FormatError';
    this.place = place;
  }
}
