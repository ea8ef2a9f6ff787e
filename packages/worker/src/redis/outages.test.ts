import { EventEmitter } from 'node:events';
import type { Log } from '@latchkey/core';
import { expect, test } from 'vitest';
import { Outages, outagesOf } from './outages.ts';

const URL = 'redis://app:hunter2@127.0.0.1:6379';
const AT = 'Redis at redis://app:***@127.0.0.1:6379';
const AWAY = `warn ${AT} is away (connect ECONNREFUSED 127.0.0.1:6379); jobs wait until it is back, and go on by themselves`;
const BACK = `info ${AT} is back; jobs go on`;

interface Told extends Log {
  readonly lines: string[];
  readonly fields: object[];
}

function openLog(): Told {
  const lines: string[] = [];
  const fields: object[] = [];
  const at = (level: string) => (given: object, message?: string) => {
    lines.push(`${level} ${message}`);
    fields.push(given);
  };
  return { lines, fields, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const refused = () =>
  Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' });

function watched(log: Log) {
  const outages = new Outages(log, URL);
  const clients = [new EventEmitter(), new EventEmitter()] as const;
  for (const client of clients) outages.watch(client);
  return { outages, clients };
}

test('an outage is told once, without a stack, and so is its end, by however many connections', () => {
  const log = openLog();
  const { outages, clients } = watched(log);
  const [first, second] = clients;
  for (let tries = 0; tries < 3; tries += 1) {
    for (const client of clients) client.emit('error', refused());
    outages.hear(refused());
    outages.hear(new Error('Connection is closed.'));
  }
  expect(log.lines).toEqual([AWAY]);
  expect(log.fields).toEqual([{}]);
  first.emit('ready');
  expect(log.lines).toEqual([AWAY]);
  second.emit('ready');
  first.emit('error', refused());
  first.emit('ready');
  expect(log.lines).toEqual([AWAY, BACK, AWAY, BACK]);
});

test('another reason in the same outage is told too, once', () => {
  const log = openLog();
  const { outages, clients } = watched(log);
  const [client] = clients;
  const wrong = () => new Error('WRONGPASS invalid username-password pair');
  client.emit('error', refused());
  for (let tries = 0; tries < 3; tries += 1) {
    client.emit('error', wrong());
    outages.hear(wrong());
  }
  expect(log.lines).toEqual([AWAY, expect.stringContaining(`${AT} is away (WRONGPASS invalid`)]);
});

test('what is wrong with the worker alone is told as it is, each time', () => {
  const log = openLog();
  const { outages } = watched(log);
  const error = new Error('could not renew lock for job 7');
  outages.hear(error);
  outages.hear(error);
  outages.hear(refused());
  expect(log.lines).toEqual(['warn queue worker', 'warn queue worker']);
  expect(log.fields).toEqual([{ err: error }, { err: error }]);
});

test('says what the last node of a cluster said, and the code of a host that has several addresses', () => {
  const log = openLog();
  const { clients } = watched(log);
  const node = { lastNodeError: new Error('connect ECONNREFUSED 10.0.0.1:7000') };
  clients[0].emit('error', Object.assign(new Error('Failed to refresh slots cache.'), node));
  clients[0].emit('ready');
  clients[0].emit(
    'error',
    Object.assign(new AggregateError([refused(), refused()]), { code: 'ECONNREFUSED' }),
  );
  expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([
    expect.stringContaining('(Failed to refresh slots cache.: connect ECONNREFUSED 10.0.0.1:7000)'),
    expect.stringContaining('is away (ECONNREFUSED);'),
  ]);
});

test('a connection that was closed for good does not keep the others from being back', () => {
  const log = openLog();
  const { clients } = watched(log);
  for (const client of clients) client.emit('error', refused());
  clients[0].emit('end');
  clients[1].emit('ready');
  expect(log.lines).toEqual([AWAY, BACK]);
});

test('all queues that one log hears of share what they know of a server', () => {
  const [log, other] = [openLog(), openLog()];
  expect(outagesOf(log, URL)).toBe(outagesOf(log, URL));
  expect(outagesOf(log, URL)).not.toBe(outagesOf(log, 'redis://127.0.0.1:6380'));
  expect(outagesOf(log, URL)).not.toBe(outagesOf(other, URL));
});
