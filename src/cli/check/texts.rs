//! How a PostgreSQL server writes its messages and stores texts.

use crate::apps::sla::lint::Finding;
use crate::db::dialect::{self, TextSettings};
use crate::db::{self, Conn};

/// Finds settings of the server that the program cannot work with as it should; none on SQLite.
pub(super) fn findings(conn: &mut Conn) -> db::Result<Vec<Finding>> {
    let settings = dialect::text_settings(conn)?;
    Ok(settings.map(of_settings).unwrap_or_default())
}

fn of_settings(settings: TextSettings) -> Vec<Finding> {
    let TextSettings { language, encoding } = settings;
    let language = (!is_english(&language)).then(|| Finding {
        id: "database.W002",
        message: format!(
            "PostgreSQL reports errors to this role in another language than English (lc_messages is {language}), so that locks and timeouts \
             are taken for other faults; as a superuser: ALTER ROLE … SET lc_messages = 'C'"
        ),
    });
    let encoding = (encoding != "UTF8").then(|| Finding {
        id: "database.W003",
        message: format!(
            "the database has the encoding {encoding}: not every text can be stored; move to one that was made with ENCODING 'UTF8'"
        ),
    });
    language.into_iter().chain(encoding).collect()
}

/// Returns whether the messages of a locale are English; those of an empty name are what the server was started with.
fn is_english(locale: &str) -> bool {
    let language = locale.split(['_', '.', '@']).next().unwrap_or(locale);
    ["", "C", "POSIX", "en", "English"].contains(&language)
}

#[cfg(test)]
mod tests {
    use super::is_english;

    #[test]
    fn locales_in_english_are_known() {
        for locale in [
            "",
            "C",
            "C.UTF-8",
            "POSIX",
            "en_US.utf8",
            "en_GB@euro",
            "English_United States.1252",
        ] {
            assert!(is_english(locale), "{locale}");
        }
        for locale in ["de_DE.utf8", "de", "fr_CA", "eo", "ca_ES"] {
            assert!(!is_english(locale), "{locale}");
        }
    }
}
