//! Proof that a form came from a page of ours: a secret in a cookie, the same secret masked in the form, and the browser's own word
//! on where the request comes from. Pure but for the random bytes; the forms are Django's.
//!
//! Masking makes every page's token another text, so that a compressed page tells nothing about the secret by its length.

use super::secret;

/// Letters and digits, and their places for the arithmetic of the mask.
const ALPHABET: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Characters of a secret; a token has a mask of the same length in front.
const SECRET_LENGTH: usize = 32;

/// Why a request is not taken for one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginRefusal {
    /// The browser says that another site sent it.
    #[error("the request comes from another site")]
    Origin,
    /// Over https a browser that names no origin has to name the page.
    #[error("the request does not say which page it comes from")]
    NoReferer,
    /// The page is none of ours.
    #[error("the request comes from a page of another site")]
    Referer,
}

/// Returns a secret for the cookie.
#[must_use]
pub fn new_secret() -> String {
    secret::alphanumeric(SECRET_LENGTH)
}

/// Returns whether a cookie holds something that can be a secret.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    text.len() == SECRET_LENGTH && text.bytes().all(|byte| place(byte).is_some())
}

/// Returns whether a form holds something that can be a token, of this browser or of an earlier login in it.
#[must_use]
pub fn is_token(text: &str) -> bool {
    [SECRET_LENGTH, 2 * SECRET_LENGTH].contains(&text.len()) && text.bytes().all(|byte| place(byte).is_some())
}

/// Returns a token for one form: a random mask, then the secret under it. Anything that is no secret gives a token that matches nothing.
#[must_use]
pub fn token(secret: &str) -> String {
    let mask = secret::alphanumeric(SECRET_LENGTH);
    let masked = combined(secret, &mask, |letter, mask| letter + mask).unwrap_or_default();
    mask + &masked
}

/// Returns whether `token`, as a form or a header sent it, belongs to `secret`, as the cookie has it. The bare secret is as good: scripts
/// send it.
#[must_use]
pub fn matches(secret: &str, token: &str) -> bool {
    let unmasked = match token.split_at_checked(SECRET_LENGTH) {
        Some((bare, "")) => Some(bare.to_owned()),
        Some((mask, masked)) => combined(masked, mask, |letter, mask| letter + ALPHABET.len() - mask),
        None => None,
    };
    is_secret(secret) && unmasked.is_some_and(|unmasked| secret::equal(&unmasked, secret))
}

/// Checks whether a request may come from a page of ours. `scheme` is `http` or `https` as the browser used it, `host` what it asked for.
/// Without an `Origin`, plain http has nothing to go by and leaves it to the token.
///
/// # Errors
/// Why not.
pub fn check_origin(
    scheme: &str,
    host: &str,
    origin: Option<&str>,
    referer: Option<&str>,
) -> Result<(), OriginRefusal> {
    let ours = site(scheme, host);
    let is_ours = |url: &str| {
        url.split_once("://")
            .map(|(scheme, rest)| site(scheme, authority(rest)))
            == Some(ours.clone())
    };
    match (origin, referer) {
        (Some(origin), _) if is_ours(origin) => Ok(()),
        (Some(_), _) => Err(OriginRefusal::Origin),
        (None, _) if scheme != "https" => Ok(()),
        (None, Some(referer)) if is_ours(referer) => Ok(()),
        (None, Some(_)) => Err(OriginRefusal::Referer),
        (None, None) => Err(OriginRefusal::NoReferer),
    }
}

/// Returns whether the browser itself says that a page of ours sent the request, by `Origin` or else by `Referer`. [`check_origin`] also
/// lets pass what says nothing.
#[must_use]
pub fn names_our_page(scheme: &str, host: &str, origin: Option<&str>, referer: Option<&str>) -> bool {
    let is_given = origin.is_some() || referer.is_some();
    // A referer is compared over plain http too, where check_origin leaves it to the token.
    is_given && check_origin(scheme, host, origin.or(referer), None).is_ok()
}

/// Returns scheme and host in the form in which two of them can be compared: lower case, without the scheme's own port.
fn site(scheme: &str, host: &str) -> (String, String) {
    let (scheme, host) = (scheme.to_ascii_lowercase(), host.to_ascii_lowercase());
    let port = match scheme.as_str() {
        "https" => ":443",
        _ => ":80",
    };
    let host = host.strip_suffix(port).unwrap_or(&host).to_owned();
    (scheme, host)
}

/// Returns what stands before the path of a URL without its scheme.
fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// Returns each letter of `text` combined with the one of `mask` at its place; nothing if the lengths or the letters are not those of
/// secrets.
fn combined(text: &str, mask: &str, combine: impl Fn(usize, usize) -> usize) -> Option<String> {
    if text.len() != SECRET_LENGTH || mask.len() != SECRET_LENGTH {
        return None;
    }
    let places = text.bytes().zip(mask.bytes());
    let letters = places.map(|(letter, mask)| {
        let place = combine(place(letter)?, place(mask)?) % ALPHABET.len();
        Some(char::from(ALPHABET[place]))
    });
    letters.collect()
}

fn place(letter: u8) -> Option<usize> {
    ALPHABET.iter().position(|known| *known == letter)
}
