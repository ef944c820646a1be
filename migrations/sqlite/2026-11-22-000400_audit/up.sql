-- The audit trail. It is append-only for everyone who does not drop the triggers, it names the actor by value, and no key
-- ties it to the objects it speaks of, so that nothing that is deleted can take its history along.
CREATE TABLE log_entry (
    id             INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    action_time    TIMESTAMP NOT NULL,
    actor          TEXT NOT NULL,
    user_id        BIGINT NULL,
    action         TEXT NOT NULL,
    content_type   TEXT NOT NULL,
    object_id      BIGINT NOT NULL,
    object_repr    TEXT NOT NULL,
    object_version BIGINT NOT NULL,
    before         TEXT NULL,
    after          TEXT NULL,
    CONSTRAINT log_entry_action_time_check CHECK (datetime(action_time) IS substr(action_time, 1, 19)),
    CONSTRAINT log_entry_action_check CHECK (action IN ('add', 'change', 'delete')),
    CONSTRAINT log_entry_states_check CHECK ((action = 'add') = (before IS NULL) AND (action = 'delete') = (after IS NULL))
);
CREATE INDEX log_entry_object_idx ON log_entry (content_type, object_id);
CREATE INDEX log_entry_action_time_idx ON log_entry (action_time);

CREATE TRIGGER log_entry_not_updated BEFORE UPDATE ON log_entry
BEGIN
    SELECT RAISE(ABORT, 'log_entry is append-only');
END;

CREATE TRIGGER log_entry_not_deleted BEFORE DELETE ON log_entry
BEGIN
    SELECT RAISE(ABORT, 'log_entry is append-only');
END;

-- REPLACE deletes what is in its way without asking the trigger above.
CREATE TRIGGER log_entry_not_replaced BEFORE INSERT ON log_entry WHEN EXISTS (SELECT 1 FROM log_entry WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'log_entry is append-only');
END;
