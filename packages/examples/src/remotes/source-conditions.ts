/** Takes those arguments of Node over that lead to sources, so that a child of sources runs sources too. */
export function sourceConditions(execArgv: readonly string[] = process.execArgv): string[] {
  return execArgv.flatMap((arg, index) => {
    if (arg.startsWith('--conditions=')) return [arg];
    return arg === '--conditions' || arg === '-C' ? [`--conditions=${execArgv[index + 1] ?? ''}`] : [];
  });
}
