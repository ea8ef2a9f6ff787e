-- The ledger: one row an intent, the only truth about it.
--
-- No index holds a column that a claim or a record changes (state, token, times), so that both stay HOT updates:
-- an index on "unfinished" would cost every intent two more index entries. The sweep walks (action, created_xid)
-- from a watermark instead.
create table intent (
  id           uuid primary key,
  action       text not null,
  key          text not null check (char_length(key) <= 255),
  scope        text,
  key_version  smallint not null check (key_version >= 1),
  -- Set on the row that keeps an earlier key version's id taken; the intent itself is the row it names.
  alias_of     uuid references intent (id),
  fingerprint  text not null,
  state        text not null check (state in ('awaiting_approval', 'pending', 'claimed', 'succeeded', 'failed',
                                              'in_doubt', 'rejected', 'cancelled', 'expired')),
  -- Fencing token: rises with every claim; every ending is conditional on it.
  token        integer not null default 0 check (token >= 0),
  tries        integer not null default 0 check (tries between 0 and token),
  -- The last token whose claim is told in the history; a higher token's claim is told by this row.
  told         integer not null default 0 check (told between 0 and token),
  asked        integer not null default 0 check (asked >= 0),
  kind         text check (kind in ('transactional', 'idempotent', 'reconcilable', 'atMostOnce')),
  claimant     text,
  submitted_by text not null,
  traceparent  text,
  -- JSON as text: byte for byte what was submitted, and NUL or lone surrogates stay escaped.
  input        text,
  result       text,
  external_id  text,
  external_url text,
  error        text,
  replay_window_ms bigint not null check (replay_window_ms >= 0),
  created_at   timestamptz not null default now(),
  -- Order of submission that a sweep can rely on: below a snapshot's xmin nothing can appear any more.
  created_xid  bigint not null default pg_current_xact_id()::text::bigint,
  -- Earliest request that may have reached the remote; null: surely none.
  sent_at      timestamptz,
  claimed_at   timestamptz,
  lease_until  timestamptz,
  -- When the machine acts next: a pending intent's next attempt, a doubt's next question.
  due_at       timestamptz,
  finished_at  timestamptz,
  purged_at    timestamptz,
  constraint fingerprint_is_sha256 check (char_length(fingerprint) = 64 or purged_at is not null),
  constraint unfinished_keeps_its_input check (input is not null or purged_at is not null or alias_of is not null),
  constraint claimed_has_a_lease check (state <> 'claimed' or (token > 0 and lease_until is not null
    and claimant is not null and claimed_at is not null and sent_at is not null and kind is not null)),
  constraint only_claimed_has_a_lease check (state = 'claimed' or lease_until is null),
  constraint doubt_has_a_cause check (state <> 'in_doubt' or (token > 0 and error is not null and sent_at is not null)),
  constraint finished_has_a_time check ((finished_at is not null) =
    (state in ('succeeded', 'failed', 'rejected', 'cancelled', 'expired'))),
  constraint succeeded_has_a_result check (state <> 'succeeded' or result is not null or purged_at is not null),
  constraint failed_has_a_reason check (state <> 'failed' or error is not null or purged_at is not null),
  constraint purged_is_finished check (purged_at is null or finished_at is not null)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05,
        autovacuum_vacuum_insert_scale_factor = 0.1);

create index intent_submission_order on intent (action, created_xid);

-- What is out of the ordinary in an intent's life, and every chapter that its row no longer tells.
create table history (
  seq       bigint generated always as identity primary key,
  intent_id uuid not null,
  at        timestamptz not null default now(),
  event     text not null check (event ~ '^[a-z_]+$'),
  attempt   integer not null,
  actor     text,
  detail    text
);

create index history_of_an_intent on history (intent_id, seq);

create function refuse_change_of_history() returns trigger language plpgsql as $$
begin
  raise exception 'the history is append-only' using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete or truncate on history
  for each statement execute function refuse_change_of_history();

-- Where the sweep stands, an action a row: everything before a watermark is settled, or is a straggler.
create table watermark (
  action     text primary key,
  open_from  bigint not null default 0,
  purge_from bigint not null default 0
);

-- Unfinished or unpurged intents behind the watermarks: old doubts, long waits.
create table straggler (
  intent_id uuid primary key references intent (id),
  action    text not null
);

create index straggler_of_an_action on straggler (action, intent_id);
