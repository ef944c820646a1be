-- The security log, for people to read: who logged in, who was refused and why. Old rows are deleted by the program.
-- Refusals have the minute in which they happened: those of one kind, user and address are one row of it with a count, so that guesses
-- cannot fill the disk. Any other event is a row of its own, without a minute.
CREATE TABLE security_event (
    id          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    event_time  TIMESTAMP NOT NULL,
    kind        TEXT NOT NULL, -- as in the log: login_failed
    username    TEXT NOT NULL, -- empty if no user is known
    user_id     BIGINT NULL,
    address     TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    detail      TEXT NOT NULL,
    minute      TIMESTAMP NULL,
    occurrences BIGINT NOT NULL DEFAULT 1,
    CONSTRAINT security_event_texts_check CHECK (typeof(kind) || typeof(username) || typeof(address) || typeof(request_id) || typeof(detail)
        = 'texttexttexttexttext'),
    CONSTRAINT security_event_event_time_check CHECK (datetime(event_time) IS substr(event_time, 1, 19)),
    CONSTRAINT security_event_minute_check CHECK (minute IS NULL OR datetime(minute) IS substr(minute, 1, 19)),
    CONSTRAINT security_event_user_id_check CHECK (typeof(user_id) IN ('integer', 'null')),
    CONSTRAINT security_event_occurrences_check CHECK (typeof(occurrences) = 'integer' AND occurrences >= 1)
);
CREATE UNIQUE INDEX security_event_minute_key ON security_event (minute, kind, username, address);
CREATE INDEX security_event_event_time_idx ON security_event (event_time);
CREATE INDEX security_event_kind_idx ON security_event (kind, id);
CREATE INDEX security_event_user_idx ON security_event (user_id, id);
INSERT INTO additive_migration (version) VALUES ('20261129000400');
