import type { Tables } from '../tables.ts';

/** What stands for an external id in the index: 8 bytes of SHA-256, so that one of any length fits. */
export const digestOf = (externalId: string): string =>
  `substring(sha256(convert_to(${externalId}, 'UTF8')) for 8)`;

/** Notes which objects the rows of `finished` made or changed; a part of the statement that records them. */
export const rememberObjects = (t: Tables, finished: string): string => `
    insert into ${t.externalObject} (digest, created_xid, intent_id)
    select ${digestOf('f.external_id')}, f.created_xid, f.id from ${finished} f where f.external_id is not null
    on conflict do nothing`;

/** Whether the intent in row `i` made or changed an object, be it in a generation that was superseded. */
export const madeObject = (t: Tables, i: string, externalId: string): string => `
    (${i}.external_id = ${externalId} or (select true from ${t.superseded} s
      where s.intent_id = ${i}.id and s.external_id = ${externalId} limit 1))`;

/** Forgets the objects of earlier generations of those rows of `page` that the same statement has purged. */
export const forgetSuperseded = (t: Tables, page: string): string => `
    delete from ${t.externalObject} o
    using ${page} f join purged p on p.id = f.id join ${t.superseded} s on s.intent_id = f.id
    where s.external_id is not null and o.digest = ${digestOf('s.external_id')}
      and o.created_xid = f.created_xid and o.intent_id = f.id`;

/** Forgets the objects of those rows of `page` that the same statement has purged. */
export const forgetObjects = (t: Tables, page: string): string => `
    delete from ${t.externalObject} o
    using ${page} f join purged p on p.id = f.id
    where f.external_id is not null and o.digest = ${digestOf('f.external_id')}
      and o.created_xid = f.created_xid and o.intent_id = f.id`;
