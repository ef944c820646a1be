DROP INDEX log_entry_object_repr_idx;
DROP INDEX log_entry_actor_idx;
DROP INDEX log_entry_content_type_idx;
DROP INDEX log_entry_action_idx;
DROP INDEX log_entry_user_idx;
DROP INDEX component_updated_at_idx;
DROP INDEX component_enabled_idx;
DROP INDEX component_display_name_idx;
