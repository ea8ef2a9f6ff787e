/** Index plans for one transaction, whatever the planner thinks of a table that nobody has analysed yet. */
export const INDEX_SETTINGS: string = `set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off;
  set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_hashagg = off;
  set local enable_memoize = off; set local jit = off; set local max_parallel_workers_per_gather = 0`;
