/** What a command knows of the process that it runs in. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Folder in which paths begin. */
  readonly cwd: string;
  /** Prints what was asked for, to standard output. */
  readonly print: (text: string) => void;
  /** Prints what went wrong, to standard error. */
  readonly complain: (text: string) => void;
  /** Ends the process once everything is printed, though modules that it loaded may hold timers and connections. */
  readonly leave: (code: number) => void;
}

/** The surroundings of this process; a reader that has seen enough (`| head`) ends it in silence. */
export function processSurroundings(): Surroundings {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    env: process.env,
    cwd: process.cwd(),
    print: (text) => void process.stdout.write(`${text}\n`),
    complain: (text) => void process.stderr.write(`${text}\n`),
    leave: (code) => void process.stdout.write('', () => process.exit(code)),
  };
}
