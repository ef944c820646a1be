//! The pages of the admin in the metrics.

use crate::support::client::{get, sample};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

/// Addresses, and the patterns that they are counted under.
const PAGES: [(&str, &str); 27] = [
    ("/admin/", "/admin/"),
    ("/admin/sla/", "/admin/{app}/"),
    ("/admin/sla/component/", "/admin/{app}/{model}/"),
    ("/admin/sla/component/add/", "/admin/{app}/{model}/add/"),
    ("/admin/sla/component/1/", "/admin/{app}/{model}/{id}/"),
    ("/admin/sla/component/1/change/", "/admin/{app}/{model}/{id}/change/"),
    ("/admin/sla/component/1/delete/", "/admin/{app}/{model}/{id}/delete/"),
    ("/admin/sla/component/1/history/", "/admin/{app}/{model}/{id}/history/"),
    ("/admin/auth/user/1/password/", "/admin/{app}/{model}/{id}/password/"),
    ("/admin/sla/component/export/", "/admin/{app}/{model}/export/"),
    ("/admin/sla/component/import/", "/admin/{app}/{model}/import/"),
    ("/admin/sla/component/views/", "/admin/{app}/{model}/views/"),
    ("/admin/sla/slawindow/read-row/?a=1", "/admin/{app}/{model}/read-row/"),
    ("/admin/login/", "/admin/login/"),
    ("/admin/logout/", "/admin/logout/"),
    ("/admin/password_change/", "/admin/password_change/"),
    ("/admin/password_change/done/", "/admin/password_change/done/"),
    ("/admin/sessions/", "/admin/sessions/"),
    ("/admin/theme/", "/admin/theme/"),
    ("/admin/timezone/", "/admin/timezone/"),
    ("/admin/autocomplete/?a=1", "/admin/autocomplete/"),
    ("/admin/palette/", "/admin/palette/"),
    ("/admin/search/", "/admin/search/"),
    ("/admin", "/admin/{without_slash}"),
    ("/admin/sla/component/1/change", "/admin/{without_slash}"),
    ("/admin/nothing/", "<unmatched>"),
    ("/admin/sla/component/1/password/", "<unmatched>"),
];

fn each_page_of_the_admin_is_counted_under_its_pattern(database: &Database) {
    apply(database, "components: [{name: api}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut patterns = Vec::new();
    for (path, pattern) in PAGES {
        let status = root.get(path).status();
        assert!(status < 500, "{path}");
        let before = patterns.iter().filter(|known| *known == &(pattern, status)).count();
        patterns.push((pattern, status));
        let exposition = get(&format!("{}/metrics", server.url)).text();
        let series = format!("http_requests_total{{method=\"GET\",route=\"{pattern}\",status=\"{status}\"}}");
        let count = sample(&exposition, &series).unwrap_or_else(|| panic!("{series} is missing for {path}"));
        assert_eq!(count.to_string(), (before + 1).to_string(), "{path}");
        let seconds = format!("http_request_duration_seconds_count{{method=\"GET\",route=\"{pattern}\"}}");
        assert!(sample(&exposition, &seconds).is_some(), "{seconds}");
    }
}

on_both_databases!(each_page_of_the_admin_is_counted_under_its_pattern);
