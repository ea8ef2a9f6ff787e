-- Signs of bad keys stand in the histories of intents; they are few, and people look for the newest, whichever intent showed them.
create index history_key_warnings on history (at) where event = 'key_warning';
