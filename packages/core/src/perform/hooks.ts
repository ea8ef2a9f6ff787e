/** Named points of the worker's path, in order. */
export type Point = 'delivered' | 'claimed' | 'performed' | 'recorded';

/** Called at each point of the path; tests stop or kill the process there. */
export type Hook = (point: Point, intentId: string) => void | Promise<void>;

/** Reaches a point of the path. */
export function reach(hook: Hook | undefined, point: Point, intentId: string): void | Promise<void> {
  return hook?.(point, intentId);
}
