//! What the models declare fits together, and what does not is reported before anything is served.

use std::sync::Arc;

use sla_monitor::admin::checks::faults;
use sla_monitor::admin::input::FormInput;
use sla_monitor::admin::model::{
    About, AboutState, Deletion, ListQuery, ListRow, ModelAdmin, ModelList, Object, Refusal, Saved, TakenKeys,
};
use sla_monitor::admin::site::Site;
use sla_monitor::admin::spec::{
    Choices, Field, Fieldset, Filter, Inline, ListColumn, Range, RangeKind, RowSplit, Sort, Spec, Widget,
};
use sla_monitor::apps;
use sla_monitor::audit::Tx;
use sla_monitor::auth::Model;
use sla_monitor::clock::FixedClock;
use sla_monitor::db::{self, Conn};
use sla_monitor::metrics::state::current::CurrentState;

const BOOK: Model = Model {
    app: "shelf",
    name: "book",
    title: "book",
};
const AUTHOR: Model = Model {
    app: "shelf",
    name: "author",
    title: "author",
};

/// What is declared and taken by no query.
const UNTAKEN: &str = "pages";

/// A model that has nothing but a declaration.
struct Books(fn() -> Spec);

impl ModelList for Books {
    fn count(&self, _: &mut Conn, _: &ListQuery, _: i64) -> db::Result<i64> {
        Ok(0)
    }

    fn rows(&self, _: &mut Conn, _: &ListQuery, _: i64, _: i64) -> db::Result<Vec<ListRow>> {
        Ok(Vec::new())
    }

    fn keys(&self, _: &mut Conn, _: &ListQuery, _: i64) -> db::Result<Vec<i64>> {
        Ok(Vec::new())
    }
}

impl ModelAdmin for Books {
    fn spec(&self) -> Spec {
        (self.0)()
    }

    fn taken(&self) -> TakenKeys {
        let spec = (self.0)();
        let columns = spec.columns.iter().map(|column| column.key);
        let filters = spec.filters.iter().map(|filter| filter.key);
        let ranges = spec.ranges.iter().map(|range| range.key);
        let is_taken = |key: &&'static str| *key != UNTAKEN;
        TakenKeys {
            orders: columns.filter(is_taken).collect(),
            filters: filters.filter(is_taken).collect(),
            ranges: ranges.filter(is_taken).collect(),
        }
    }

    fn list(&self, _: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(Box::new(self))
    }

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, _: &mut Conn, _: i64) -> db::Result<Option<Object>> {
        Ok(None)
    }

    fn choices(&self, _: &mut Conn, _: &str, _: &str, _: i64) -> db::Result<Vec<(String, String)>> {
        Ok(Vec::new())
    }

    fn save(&self, _: &mut Tx<'_>, _: Option<i64>, _: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        Err(Refusal::Input)
    }

    fn deletion(&self, _: &mut Conn, _: &[i64]) -> db::Result<Deletion> {
        Ok(Deletion::default())
    }

    fn delete(&self, _: &mut Tx<'_>, _: &[i64]) -> Result<(), Refusal> {
        Ok(())
    }
}

fn books() -> Spec {
    Spec {
        model: BOOK,
        singular: "book",
        plural: "books",
        purpose: "Books are read.",
        columns: vec![
            ListColumn::new("title", "Title").sorts().links(),
            ListColumn::new("read", "Read").editable(),
        ],
        default_sort: &[Sort {
            key: "title",
            descending: false,
        }],
        search: None,
        filters: Vec::new(),
        ranges: Vec::new(),
        date_hierarchy: None,
        fieldsets: vec![Fieldset {
            title: "",
            fields: vec![
                Field::new("title", "Title", Widget::Text),
                Field::new("read", "Read", Widget::Flag),
            ],
        }],
        add_fieldsets: None,
        inline: None,
        actions: Vec::new(),
        read_only: false,
    }
}

#[track_caller]
fn assert_fault(spec: fn() -> Spec, expected: &str) {
    let site = Site::new(vec![Box::new(Books(spec))]);
    assert_eq!(faults(site.entries()), [format!("shelf.book: {expected}")]);
}

#[test]
fn the_models_of_this_program_fit_together() {
    let shared = Arc::new(CurrentState::new(Arc::new(FixedClock::at(0))));
    assert_eq!(
        faults(apps::site(&shared, &Arc::default()).entries()),
        Vec::<String>::new()
    );
    assert_eq!(
        faults(Site::new(vec![Box::new(Books(books))]).entries()),
        Vec::<String>::new()
    );
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn what_does_not_fit_is_named() {
    assert_fault(
        || Spec {
            columns: vec![ListColumn::new("title", "Title").sorts()],
            ..books()
        },
        "no column leads to the object",
    );
    assert_fault(
        || Spec {
            default_sort: &[Sort {
                key: "read",
                descending: true,
            }],
            ..books()
        },
        "the default order `read` is no column that sorts",
    );
    assert_fault(
        || Spec {
            columns: vec![ListColumn::new("title", "Title").sorts().links().editable()],
            ..books()
        },
        "the column `title` is edited in the list and is no check box of the form",
    );
    assert_fault(
        || Spec {
            columns: [books().columns, vec![ListColumn::new("title", "Again")]].concat_columns(),
            ..books()
        },
        "the column `title` is declared twice",
    );
    assert_fault(
        || Spec {
            columns: [books().columns, vec![ListColumn::new("2", "Two")]].concat_columns(),
            ..books()
        },
        "the column `2` cannot be named in an order",
    );
    assert_fault(
        || Spec {
            filters: vec![Filter {
                inputs: &[],
                rare: false,
                key: "q",
                title: "Q",
                choices: Choices::Flag,
            }],
            ..books()
        },
        "the filter `q` has a name that the engine reads itself",
    );
    assert_fault(
        || Spec {
            filters: vec![Filter {
                inputs: &[],
                rare: false,
                key: "author",
                title: "Author",
                choices: Choices::Related(AUTHOR),
            }],
            ..books()
        },
        "`author` offers objects of shelf.author, which is not registered",
    );
    assert_fault(
        || Spec {
            inline: Some(Inline {
                prefix: "title",
                title: "Titles",
                singular: "title",
                fields: Vec::new(),
                blank: &[],
                rows_max: 1,
                extra: 0,
                zone: None,
                split: None,
            }),
            ..books()
        },
        "the field `title` reads like one of the rows `title`",
    );
    assert_fault(
        || Spec {
            inline: Some(Inline {
                prefix: "loans",
                title: "loans",
                singular: "loan",
                fields: vec![
                    Field::new("days", "Days", Widget::Text),
                    Field::new("until", "Until", Widget::Text),
                ],
                blank: &[],
                rows_max: 1,
                extra: 0,
                zone: None,
                split: Some(RowSplit {
                    field: "days",
                    words: "Longer on",
                    next: "until",
                }),
            }),
            ..books()
        },
        "the rows `loans` are split by a field that is not there, or not of check boxes",
    );
    let twice = Site::new(vec![Box::new(Books(books)), Box::new(Books(books))]);
    assert_eq!(faults(twice.entries()), ["shelf.book: the model is registered twice"]);
}

#[test]
fn a_list_may_show_a_foreign_key() {
    let authors = || Spec {
        model: AUTHOR,
        ..books()
    };
    let by_author = || Spec {
        columns: [books().columns, vec![ListColumn::new("author", "Author").sorts()]].concat_columns(),
        fieldsets: vec![Fieldset {
            title: "",
            fields: vec![
                Field::new("title", "Title", Widget::Text),
                Field::new("read", "Read", Widget::Flag),
                Field::new("author", "Author", Widget::Select(Choices::Related(AUTHOR))),
            ],
        }],
        ..books()
    };
    let site = Site::new(vec![Box::new(Books(by_author)), Box::new(Books(authors))]);
    assert_eq!(faults(site.entries()), Vec::<String>::new());
}

#[test]
fn what_no_query_takes_is_named() {
    assert_fault(
        || Spec {
            columns: [books().columns, vec![ListColumn::new(UNTAKEN, "Pages").sorts()]].concat_columns(),
            ..books()
        },
        "no query sorts by the column `pages`",
    );
    assert_fault(
        || Spec {
            filters: vec![Filter {
                inputs: &[],
                rare: false,
                key: UNTAKEN,
                title: "Pages",
                choices: Choices::Listed,
            }],
            ..books()
        },
        "no query takes the filter `pages`",
    );
    assert_fault(
        || Spec {
            ranges: vec![Range {
                key: UNTAKEN,
                title: "Pages",
                kind: RangeKind::Number { decimals: 0 },
                rare: false,
            }],
            ..books()
        },
        "no query takes the range `pages`",
    );
}

/// Columns put together.
trait ConcatColumns {
    fn concat_columns(self) -> Vec<ListColumn>;
}

impl ConcatColumns for [Vec<ListColumn>; 2] {
    fn concat_columns(self) -> Vec<ListColumn> {
        self.into_iter().flatten().collect()
    }
}
