import { type AtMostOnceEffect, atMostOnce } from '@latchkey/core';

/** An effect that does nothing: the lint looks at keys, not at what is done. */
export const effect: AtMostOnceEffect<unknown, null> = atMostOnce({
  perform: async () => ({ result: null }),
});
