//! What the texts of properties may hold.

/// The longest text of any description or display name, in characters.
pub const TEXT_LENGTH_MAX: usize = 10_000;
/// The longest name of a window or calendar, in characters.
pub const NAME_LENGTH_MAX: usize = 200;

/// Checks what both databases can keep: PostgreSQL takes no NUL.
///
/// # Errors
/// A message for people.
pub fn check_storable(text: &str) -> Result<(), String> {
    match text.chars().count() {
        _ if text.contains('\0') => Err("a text holds no NUL character".to_owned()),
        length if length > TEXT_LENGTH_MAX => {
            Err(format!("a text has at most {TEXT_LENGTH_MAX} characters, not {length}"))
        }
        _ => Ok(()),
    }
}

/// Checks that a file gives a name. Names that are stored may hold what a new one may not, so the rest is checked when it is known what
/// is stored.
///
/// # Errors
/// A message for people.
pub fn check_name_given(name: &str) -> Result<(), String> {
    match name.trim() {
        "" => Err("Enter a name: it must not be empty.".to_owned()),
        _ => check_storable(name),
    }
}

/// Checks the name of a window or calendar.
///
/// # Errors
/// A message for people.
pub fn check_name(name: &str) -> Result<(), String> {
    crate::text::check_name(name, NAME_LENGTH_MAX)
}

/// Reads percent with at most three decimals, 0–100, as thousandths of a percent: digit by digit, so that nothing is rounded.
///
/// # Errors
/// A message for people.
pub fn millipercent(text: &str) -> Result<i32, String> {
    let refused = || format!("`{text}` is no percentage; give 0 to 100 with at most three decimals, e.g. 99.9");
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits =
        |part: &str, length_max: usize| part.len() <= length_max && part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole, 3) || !digits(decimals.trim_end_matches('0'), 3) || text.ends_with('.') {
        return Err(refused());
    }
    let decimals = format!("{:0<3}", decimals.trim_end_matches('0'));
    let value: i32 = format!("{whole}{decimals}").parse().map_err(|_| refused())?;
    if value <= 100_000 { Ok(value) } else { Err(refused()) }
}
