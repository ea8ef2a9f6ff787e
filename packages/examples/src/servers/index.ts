export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts';
export { type RedisOptions, type RunningRedis, startRedis } from './redis-server.ts';
