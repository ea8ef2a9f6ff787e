/** Named points of the worker's path, in order. */
export type Point = 'delivered' | 'claimed' | 'performed' | 'recorded';

/** Called at each point of the path; tests stop or kill the process there. Default: nothing happens. */
export type Hook = (point: Point, intentId: string) => void | Promise<void>;

/** Does nothing: what production runs with. */
export const noHook: Hook = () => undefined;
