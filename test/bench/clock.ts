/** Milliseconds on a clock that never jumps and that all processes of this machine share, unlike `performance.now()`. */
export function sharedNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
