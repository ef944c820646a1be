-- People who sign in, the groups they are in, what each may do, who is signed in, and who failed to. None of it is shown to
-- Prometheus, so nothing here moves the data version. A permission is a text such as `sla.change_component`: the program knows
-- which there are, and one that it no longer knows permits nothing.
CREATE TABLE user_account (
    id           INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    username     TEXT NOT NULL,
    first_name   TEXT NOT NULL DEFAULT '',
    last_name    TEXT NOT NULL DEFAULT '',
    email        TEXT NOT NULL DEFAULT '',
    password     TEXT NOT NULL DEFAULT '!', -- a PHC string, or `!` where no password opens the account
    is_active    BOOLEAN NOT NULL DEFAULT TRUE,
    is_staff     BOOLEAN NOT NULL DEFAULT FALSE,
    is_superuser BOOLEAN NOT NULL DEFAULT FALSE,
    timezone     TEXT NULL, -- in which times are shown to them; null: UTC
    last_login   TIMESTAMP NULL,
    version      BIGINT NOT NULL DEFAULT 1,
    created_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT user_account_texts_check CHECK (typeof(username) || typeof(first_name) || typeof(last_name) || typeof(email)
        || typeof(password) = 'texttexttexttexttext' AND typeof(timezone) IN ('text', 'null')),
    CONSTRAINT user_account_version_check CHECK (typeof(version) = 'integer'),
    CONSTRAINT user_account_is_active_check CHECK (is_active IN (0, 1)),
    CONSTRAINT user_account_is_staff_check CHECK (is_staff IN (0, 1)),
    CONSTRAINT user_account_is_superuser_check CHECK (is_superuser IN (0, 1)),
    CONSTRAINT user_account_last_login_check CHECK (last_login IS NULL OR datetime(last_login) IS substr(last_login, 1, 19)),
    CONSTRAINT user_account_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT user_account_updated_at_check CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    CONSTRAINT user_account_username_check CHECK (length(username) BETWEEN 1 AND 150),
    CONSTRAINT user_account_lengths_check CHECK (length(first_name) <= 150 AND length(last_name) <= 150 AND length(email) <= 254),
    CONSTRAINT user_account_password_check CHECK (length(password) > 0)
);
CREATE UNIQUE INDEX user_account_username_key ON user_account (lower(username));

CREATE TABLE user_group (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name       TEXT NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT user_group_texts_check CHECK (typeof(name) = 'text'),
    CONSTRAINT user_group_version_check CHECK (typeof(version) = 'integer'),
    CONSTRAINT user_group_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT user_group_updated_at_check CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    CONSTRAINT user_group_name_check CHECK (length(name) BETWEEN 1 AND 150)
);
CREATE UNIQUE INDEX user_group_name_key ON user_group (lower(name));

CREATE TABLE user_group_permission (
    group_id   BIGINT NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (group_id, permission),
    CONSTRAINT user_group_permission_texts_check CHECK (typeof(permission) = 'text'),
    CONSTRAINT user_group_permission_permission_check CHECK (length(permission) BETWEEN 1 AND 200)
);

CREATE TABLE user_permission (
    user_id    BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (user_id, permission),
    CONSTRAINT user_permission_texts_check CHECK (typeof(permission) = 'text'),
    CONSTRAINT user_permission_permission_check CHECK (length(permission) BETWEEN 1 AND 200)
);

CREATE TABLE user_group_member (
    user_id  BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    group_id BIGINT NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, group_id)
);
CREATE INDEX user_group_member_group_idx ON user_group_member (group_id);

-- Somebody who is signed in. Only the hash of the token is kept, so that a copy of the database opens no session; the stamp is a
-- hash of the password's hash, so that a session ends when the password changes, whoever changes it.
CREATE TABLE login_session (
    id_hash        TEXT PRIMARY KEY NOT NULL,
    user_id        BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    password_stamp TEXT NOT NULL,
    created_at     TIMESTAMP NOT NULL,
    last_seen_at   TIMESTAMP NOT NULL,
    expires_at     TIMESTAMP NOT NULL,
    address        TEXT NOT NULL DEFAULT '',
    user_agent     TEXT NOT NULL DEFAULT '',
    messages       TEXT NOT NULL DEFAULT '[]',
    CONSTRAINT login_session_texts_check CHECK (typeof(id_hash) || typeof(password_stamp) || typeof(address) || typeof(user_agent)
        || typeof(messages) = 'texttexttexttexttext'),
    CONSTRAINT login_session_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT login_session_last_seen_at_check CHECK (datetime(last_seen_at) IS substr(last_seen_at, 1, 19)),
    CONSTRAINT login_session_expires_at_check CHECK (datetime(expires_at) IS substr(expires_at, 1, 19))
);
CREATE INDEX login_session_user_idx ON login_session (user_id);
CREATE INDEX login_session_expires_at_idx ON login_session (expires_at);

-- Failures to sign in, a row for each user name and address that failed lately; the key is a hash of both, because people type
-- passwords into the field of the user name.
CREATE TABLE login_failure (
    key           TEXT PRIMARY KEY NOT NULL,
    failures      INTEGER NOT NULL,
    first_at      TIMESTAMP NOT NULL,
    last_at       TIMESTAMP NOT NULL,
    blocked_until TIMESTAMP NULL,
    CONSTRAINT login_failure_texts_check CHECK (typeof(key) = 'text'),
    CONSTRAINT login_failure_failures_check CHECK (typeof(failures) = 'integer'),
    CONSTRAINT login_failure_first_at_check CHECK (datetime(first_at) IS substr(first_at, 1, 19)),
    CONSTRAINT login_failure_last_at_check CHECK (datetime(last_at) IS substr(last_at, 1, 19)),
    CONSTRAINT login_failure_blocked_until_check CHECK (blocked_until IS NULL OR datetime(blocked_until) IS substr(blocked_until, 1, 19))
);
CREATE INDEX login_failure_last_at_idx ON login_failure (last_at);
