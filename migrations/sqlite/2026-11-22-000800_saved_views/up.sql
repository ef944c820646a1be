-- Views of lists that users keep for themselves: a name for a query string, at most one of each list the default. Nobody else sees
-- them, and they go with their user.
CREATE TABLE saved_view (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id    BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    model      TEXT NOT NULL, -- as in permissions: sla.component
    name       TEXT NOT NULL,
    query      TEXT NOT NULL,
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT saved_view_texts_check CHECK (typeof(model) || typeof(name) || typeof(query) = 'texttexttext'),
    CONSTRAINT saved_view_is_default_check CHECK (is_default IN (0, 1)),
    CONSTRAINT saved_view_name_check CHECK (length(name) BETWEEN 1 AND 60),
    CONSTRAINT saved_view_query_check CHECK (length(query) <= 2000)
);
CREATE UNIQUE INDEX saved_view_name_key ON saved_view (user_id, model, lower(name));
