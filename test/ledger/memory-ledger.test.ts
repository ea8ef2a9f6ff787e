import { MemoryLedger } from '../../packages/core/src/ledger/memory/memory-ledger.ts';
import { ledgerConformance } from './conformance.ts';

ledgerConformance(
  'the ledger in memory',
  async () => {
    let now = Date.UTC(2026, 2, 1);
    const ledger = new MemoryLedger(() => now);
    return {
      ledger,
      advance: async (ms) => {
        now += ms;
      },
      settled: async () => undefined,
      close: () => ledger.close(),
    };
  },
  { transactions: false },
);
