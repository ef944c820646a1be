// @generated automatically by Diesel CLI.

diesel::table! {
    additive_migration (version) {
        version -> Text,
    }
}

diesel::table! {
    api_answer (id) {
        id -> BigInt,
        token_id -> BigInt,
        key_hash -> Text,
        fingerprint -> Text,
        answer -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    api_token (id) {
        id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        hash -> Text,
        scopes -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
        last_used_address -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    availability (id) {
        id -> BigInt,
        component_id -> BigInt,
        component_name -> Text,
        kind -> Text,
        range_start -> BigInt,
        range_end -> BigInt,
        timezone -> Text,
        definitions -> Text,
        indicator_id -> Nullable<BigInt>,
        indicator_name -> Text,
        indicator_version -> Nullable<BigInt>,
        up_ms -> BigInt,
        down_ms -> BigInt,
        unknown_ms -> BigInt,
        excluded_ms -> BigInt,
        samples_seen -> BigInt,
        samples_expected -> BigInt,
        step_s -> BigInt,
        measured_at -> Timestamp,
        tzdata -> Text,
        warnings -> Text,
        spans -> Text,
        runs -> Text,
        corrections_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    calendar (id) {
        id -> BigInt,
        name -> Text,
        description -> Text,
        timezone -> Nullable<Text>,
        enabled -> Bool,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        row_version -> BigInt,
        name_key -> Nullable<Text>,
    }
}

diesel::table! {
    closed_report (id) {
        id -> BigInt,
        period -> Text,
        first_day -> Date,
        range_start -> BigInt,
        range_end -> BigInt,
        timezone -> Text,
        definitions -> Text,
        component_id -> BigInt,
        component_name -> Text,
        selector -> Text,
        members -> BigInt,
        components -> Text,
        figures -> Text,
        digest -> Text,
        closed_by -> Text,
        closed_at -> Timestamp,
    }
}

diesel::table! {
    component (id) {
        id -> BigInt,
        name -> Text,
        display_name -> Text,
        description -> Text,
        enabled -> Bool,
        slo_millipercent -> Nullable<Integer>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        row_version -> BigInt,
        name_key -> Nullable<Text>,
        indicator_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    component_calendar (component_id, calendar_id) {
        component_id -> BigInt,
        calendar_id -> BigInt,
    }
}

diesel::table! {
    component_label (component_id, label_name) {
        component_id -> BigInt,
        label_id -> BigInt,
        label_name -> Text,
    }
}

diesel::table! {
    component_window (component_id, window_id) {
        component_id -> BigInt,
        window_id -> BigInt,
    }
}

diesel::table! {
    correction (id) {
        id -> BigInt,
        component_id -> Nullable<BigInt>,
        selector -> Text,
        starts_at -> BigInt,
        ends_at -> BigInt,
        effect -> Text,
        reason -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    data_version (id) {
        id -> BigInt,
        version -> BigInt,
        tombstone_floor -> BigInt,
    }
}

diesel::table! {
    indicator (id) {
        id -> BigInt,
        name -> Text,
        source -> Text,
        expression -> Text,
        kind -> Text,
        step_s -> BigInt,
        threshold -> Nullable<Double>,
        unknown_policy -> Text,
        selector -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        name_key -> Nullable<Text>,
    }
}

diesel::table! {
    job_lease (job) {
        job -> Text,
        holder -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    label (id) {
        id -> BigInt,
        name -> Text,
        value -> Text,
        description -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    log_entry (id) {
        id -> BigInt,
        action_time -> Timestamp,
        actor -> Text,
        user_id -> Nullable<BigInt>,
        action -> Text,
        content_type -> Text,
        object_id -> BigInt,
        object_repr -> Text,
        object_version -> BigInt,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        write_id -> Nullable<Text>,
        request_id -> Nullable<Text>,
        client_address -> Nullable<Text>,
    }
}

diesel::table! {
    login_failure (key) {
        key -> Text,
        failures -> Integer,
        first_at -> Timestamp,
        last_at -> Timestamp,
        blocked_until -> Nullable<Timestamp>,
        username_hash -> Nullable<Text>,
    }
}

diesel::table! {
    login_place (user_id, place) {
        user_id -> BigInt,
        place -> Text,
        last_at -> Timestamp,
    }
}

diesel::table! {
    login_session (id_hash) {
        id_hash -> Text,
        user_id -> BigInt,
        password_stamp -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        address -> Text,
        user_agent -> Text,
        messages -> Text,
    }
}

diesel::table! {
    measuring_progress (source) {
        source -> Text,
        measured_until -> BigInt,
        failure -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    packed_availability (definitions, month, component_id) {
        definitions -> Text,
        month -> BigInt,
        component_id -> BigInt,
        range_start -> BigInt,
        range_end -> BigInt,
        changes -> BigInt,
        packed -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    pending_import (id) {
        id -> BigInt,
        user_id -> BigInt,
        model -> Text,
        format -> Text,
        body -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    rule (id) {
        id -> BigInt,
        window_id -> Nullable<BigInt>,
        calendar_id -> Nullable<BigInt>,
        position -> Integer,
        effect -> Text,
        kind -> Text,
        weekdays -> Nullable<Integer>,
        rrule -> Nullable<Text>,
        anchor_date -> Nullable<Date>,
        dates -> Nullable<Text>,
        start_time -> Nullable<Text>,
        duration_s -> Nullable<Integer>,
        duration_mode -> Text,
        start_local -> Nullable<Text>,
        end_local -> Nullable<Text>,
        note -> Text,
    }
}

diesel::table! {
    saved_view (id) {
        id -> BigInt,
        user_id -> BigInt,
        model -> Text,
        name -> Text,
        query -> Text,
        is_default -> Bool,
    }
}

diesel::table! {
    security_event (id) {
        id -> BigInt,
        event_time -> Timestamp,
        kind -> Text,
        username -> Text,
        user_id -> Nullable<BigInt>,
        address -> Text,
        request_id -> Text,
        detail -> Text,
        minute -> Nullable<Timestamp>,
        occurrences -> BigInt,
    }
}

diesel::table! {
    sla_window (id) {
        id -> BigInt,
        name -> Text,
        description -> Text,
        timezone -> Text,
        valid_from -> Nullable<Date>,
        valid_until -> Nullable<Date>,
        enabled -> Bool,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        row_version -> BigInt,
        name_key -> Nullable<Text>,
    }
}

diesel::table! {
    tombstone (id) {
        id -> BigInt,
        model -> Text,
        object_id -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    user_account (id) {
        id -> BigInt,
        username -> Text,
        first_name -> Text,
        last_name -> Text,
        email -> Text,
        password -> Text,
        is_active -> Bool,
        is_staff -> Bool,
        is_superuser -> Bool,
        timezone -> Nullable<Text>,
        last_login -> Nullable<Timestamp>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        name_key -> Nullable<Text>,
        must_change -> Bool,
    }
}

diesel::table! {
    user_group (id) {
        id -> BigInt,
        name -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        name_key -> Nullable<Text>,
    }
}

diesel::table! {
    user_group_member (user_id, group_id) {
        user_id -> BigInt,
        group_id -> BigInt,
    }
}

diesel::table! {
    user_group_permission (group_id, permission) {
        group_id -> BigInt,
        permission -> Text,
    }
}

diesel::table! {
    user_permission (user_id, permission) {
        user_id -> BigInt,
        permission -> Text,
    }
}

diesel::table! {
    window_calendar (window_id, calendar_id) {
        window_id -> BigInt,
        calendar_id -> BigInt,
    }
}

diesel::joinable!(api_answer -> api_token (token_id));
diesel::joinable!(api_token -> user_account (user_id));
diesel::joinable!(component -> indicator (indicator_id));
diesel::joinable!(component_calendar -> calendar (calendar_id));
diesel::joinable!(component_calendar -> component (component_id));
diesel::joinable!(component_label -> component (component_id));
diesel::joinable!(component_label -> label (label_id));
diesel::joinable!(component_window -> component (component_id));
diesel::joinable!(component_window -> sla_window (window_id));
diesel::joinable!(correction -> component (component_id));
diesel::joinable!(login_place -> user_account (user_id));
diesel::joinable!(login_session -> user_account (user_id));
diesel::joinable!(pending_import -> user_account (user_id));
diesel::joinable!(rule -> calendar (calendar_id));
diesel::joinable!(rule -> sla_window (window_id));
diesel::joinable!(saved_view -> user_account (user_id));
diesel::joinable!(user_group_member -> user_account (user_id));
diesel::joinable!(user_group_member -> user_group (group_id));
diesel::joinable!(user_group_permission -> user_group (group_id));
diesel::joinable!(user_permission -> user_account (user_id));
diesel::joinable!(window_calendar -> calendar (calendar_id));
diesel::joinable!(window_calendar -> sla_window (window_id));

diesel::allow_tables_to_appear_in_same_query!(
    api_answer,
    api_token,
    login_place,
    login_session,
    pending_import,
    saved_view,
    user_account,
    user_group,
    user_group_member,
    user_group_permission,
    user_permission,
);

diesel::allow_tables_to_appear_in_same_query!(
    calendar,
    component,
    component_calendar,
    component_label,
    component_window,
    correction,
    indicator,
    label,
    rule,
    sla_window,
    window_calendar,
);
