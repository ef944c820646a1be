//! One property of a model's objects is one row of the model's table. Forms, files, JSON, CSV columns, imports, search and the words of
//! the history follow from the rows; migration, stored rows and typed state are written by hand.

pub mod form;
pub mod json;
mod lens;
pub mod past;
mod table;
pub mod text;

pub use self::lens::{CheckText, ChoiceLens, Lens, NameRule};
pub use self::table::{
    FormGroup, LABELS_MAX, LINKS_MAX, LinkTarget, ObjectState, Property, PropertyKind, ReadNamed, ReadNames, fieldsets,
    file_columns, is_whole, link_targets, links_labels, name_parts, names, search_words, searched, searched_count,
};
