// Why something is not accepted: a stable code of the report, or a code of a lower layer that a check translates.

/** What is wrong. `code` is one of docs/formats.md §13, or names the layer that refused (`key.malformed`). */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What `read` gives, or the refusal that it throws; any other error is our own mistake and goes on. */
export function attempt<T>(read: () => T): T | Refusal {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** An error as a refusal; any other error goes on. For promises. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}
