-- Each order of a list and each filter of the trail has an index, so that a page of a hundred thousand rows takes no longer than one
-- of a hundred. The key comes last: it breaks ties, and the same index serves both directions.
CREATE INDEX component_display_name_idx ON component (lower(display_name), id);
CREATE INDEX component_enabled_idx ON component (enabled, id);
CREATE INDEX component_updated_at_idx ON component (updated_at, id);
-- With the component beside it, an index of links answers by itself how many there are of each.
DROP INDEX component_label_label_idx;
CREATE INDEX component_label_label_idx ON component_label (label_id, component_id);
DROP INDEX component_window_window_idx;
CREATE INDEX component_window_window_idx ON component_window (window_id, component_id);
CREATE INDEX log_entry_user_idx ON log_entry (user_id, id);
CREATE INDEX log_entry_action_idx ON log_entry (action, id);
CREATE INDEX log_entry_content_type_idx ON log_entry (content_type, id);
CREATE INDEX log_entry_actor_idx ON log_entry (actor, id);
CREATE INDEX log_entry_object_repr_idx ON log_entry (object_repr, id);
