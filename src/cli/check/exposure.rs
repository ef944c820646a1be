//! What `check --deploy` finds about connections to PostgreSQL, files that hold secrets, and the origin of the zone data.

use std::path::Path;

use crate::apps::sla::lint::Finding;
use crate::db::url::DatabaseUrl;
use crate::zones::{ZoneDataOrigin, current};

/// Returns findings about what others could see or falsify; `secrets` are the files that hold secrets, `system_has_zones` is whether the
/// host has zone data.
pub(super) fn findings<'a>(
    url: &DatabaseUrl,
    secrets: impl Iterator<Item = &'a Path>,
    system_has_zones: bool,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = secrets
        .filter(|path| is_readable_by_others(path))
        .map(|path| Finding {
            id: "deploy.E001",
            message: format!("{} can be read by other users; chmod 600 it", path.display()),
        })
        .collect();
    let hosts = url.remote_hosts();
    let mode = url.ssl_mode();
    if !hosts.is_empty() && mode.as_deref() != Some("verify-full") {
        let mode = mode.map_or("no sslmode".to_owned(), |mode| format!("sslmode={mode}"));
        findings.push(Finding {
            id: "deploy.W011",
            message: format!(
                "the connection to PostgreSQL on {} has {mode}: another host could answer in its place; add sslmode=verify-full, and \
                 sslrootcert=FILE with the certificate of its authority",
                hosts.join(", ")
            ),
        });
    }
    if current().origin() == ZoneDataOrigin::BuiltIn && !system_has_zones {
        findings.push(Finding {
            id: "deploy.W012",
            message: format!(
                "the host has no time zone data, so the built-in data {} is used, which changes with the program alone; install the \
                 package tzdata, or name a folder with --tzdata",
                current().version()
            ),
        });
    }
    findings
}

/// Returns whether users other than this one, and root, can read or write a file. One of root may be accessible to its group: that is how
/// this user reads a secret that Kubernetes or systemd hands to it.
#[cfg(unix)]
pub(super) fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let is_root = rustix::process::geteuid().is_root();
    std::fs::metadata(path).is_ok_and(|metadata| {
        let is_handed = metadata.uid() == 0 && !is_root;
        let refused = if is_handed { 0o007 } else { 0o077 };
        metadata.mode() & refused != 0
    })
}

#[cfg(not(unix))]
pub(super) fn is_readable_by_others(_path: &Path) -> bool {
    false
}
