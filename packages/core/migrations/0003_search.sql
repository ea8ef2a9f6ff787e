-- Finding intents. An ordinary intent's row is in its primary key and in the order of submission, and that is all: what
-- is here costs it no write, so that search costs those that are out of the ordinary.

-- Neither column ever changes, so that claims and records stay HOT.
create index intent_of_entity on intent (entity, created_xid) where entity is not null;
create index intent_of_scope on intent (scope, created_xid) where scope is not null;

-- Intents that are neither on their way nor succeeded, for as long as their replay window: few, and what people look for.
create table notable (
  intent_id   uuid primary key,
  action      text not null,
  state       text not null check (state in ('awaiting_approval', 'in_doubt', 'failed', 'rejected', 'cancelled', 'expired')),
  created_xid bigint not null
);

create index notable_by_state on notable (state, created_xid, intent_id);
create index notable_by_action on notable (action, state, created_xid, intent_id);

create function keep_notable() returns trigger language plpgsql as $$
begin
  if new.purged_at is not null or new.state in ('pending', 'claimed', 'succeeded') then
    execute format('delete from %I.notable where intent_id = $1', tg_table_schema) using new.id;
  else
    execute format('insert into %I.notable (intent_id, action, state, created_xid) values ($1, $2, $3, $4)
      on conflict (intent_id) do update set state = excluded.state', tg_table_schema)
      using new.id, new.action, new.state, new.created_xid;
  end if;
  return null;
end $$;

create trigger becomes_notable after insert on intent for each row
  when (new.purged_at is null and new.state not in ('pending', 'claimed', 'succeeded')) execute function keep_notable();

create trigger stays_notable_or_not after update of state on intent for each row
  when (new.state <> old.state and (new.state not in ('pending', 'claimed', 'succeeded')
    or old.state not in ('pending', 'claimed', 'succeeded')))
  execute function keep_notable();

create trigger is_forgotten after update of purged_at on intent for each row
  when (old.purged_at is null and new.purged_at is not null and new.state <> 'succeeded')
  execute function keep_notable();

insert into notable (intent_id, action, state, created_xid)
select id, action, state, created_xid from intent
where purged_at is null and state not in ('pending', 'claimed', 'succeeded');

-- Which intents made or changed an object of a remote. A digest instead of the id, so that any length will do.
create table external_object (
  digest      bytea not null,
  created_xid bigint not null,
  intent_id   uuid not null,
  primary key (digest, created_xid, intent_id)
);

insert into external_object (digest, created_xid, intent_id)
select substring(sha256(convert_to(external_id, 'UTF8')) for 8), created_xid, id from intent
where external_id is not null;

-- Stragglers in the order of submission, so that a list goes on behind the watermark.
alter table straggler add column created_xid bigint not null default 0;
update straggler s set created_xid = i.created_xid from intent i where i.id = s.intent_id;
create index straggler_order on straggler (list, action, created_xid, intent_id);
