//! True and false in the words of several languages.

use crate::text::short;

/// True and false as spreadsheets write them where they speak other languages, and yes and no; in lower case.
const FLAGS: [(&[&str], bool); 2] = [
    (
        &[
            "true",
            "yes",
            "1",
            "wahr",
            "ja",
            "vrai",
            "oui",
            "verdadero",
            "sí",
            "verdadeiro",
            "sim",
            "vero",
            "sì",
            "si",
            "waar",
            "sant",
            "sand",
            "sann",
            "tosi",
            "kyllä",
            "prawda",
            "tak",
            "pravda",
            "ano",
            "igaz",
            "igen",
            "adevărat",
            "da",
            "doğru",
            "evet",
            "истина",
            "да",
            "істина",
            "так",
        ],
        true,
    ),
    (
        &[
            "false",
            "no",
            "0",
            "falsch",
            "nein",
            "faux",
            "non",
            "falso",
            "não",
            "onwaar",
            "nee",
            "falskt",
            "falsk",
            "nej",
            "usann",
            "nei",
            "epätosi",
            "ei",
            "fałsz",
            "nie",
            "nepravda",
            "ne",
            "hamis",
            "nem",
            "fals",
            "nu",
            "yanlış",
            "yanliş",
            "hayır",
            "hayir",
            "ложь",
            "нет",
            "хибність",
            "ні",
        ],
        false,
    ),
];

/// Reads a cell that is true or false.
///
/// # Errors
/// A sentence for what is neither.
pub(super) fn read(text: &str) -> Result<bool, String> {
    let lower = text.to_lowercase();
    let found = FLAGS.iter().find(|(words, _)| words.contains(&lower.as_str()));
    match found {
        Some((_, flag)) => Ok(*flag),
        None if lower.is_empty() => Err("give true or false; leave the column out to keep what is".to_owned()),
        None => Err(format!("“{}” is neither true nor false", short(text))),
    }
}
