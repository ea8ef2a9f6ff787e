export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts';
export { type RedisOptions, startRedis } from './redis-server.ts';
export type { RunningRedis } from './running-redis.ts';
