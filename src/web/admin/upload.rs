//! Forms with a file in them, `multipart/form-data`.

use multer::Multipart;

use crate::admin::query::Query;
use crate::admin::transfer::Upload;

/// The field that holds the file.
const FILE: &str = "file";
/// The most parts of a form.
const PARTS_MAX: usize = 20;

/// Returns whether a content type is the one of forms with files.
pub(super) fn is_multipart(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or("").trim();
    media_type.eq_ignore_ascii_case("multipart/form-data")
}

/// Returns the fields of a form and its file.
///
/// # Errors
/// Why it cannot be read.
pub(super) async fn read(content_type: &str, body: Vec<u8>) -> Result<(Query, Option<Upload>), String> {
    let refused = |error: multer::Error| error.to_string().trim_end_matches('.').to_owned();
    let boundary = multer::parse_boundary(content_type).map_err(refused)?;
    let mut parts = Multipart::with_reader(body.as_slice(), boundary);
    let (mut pairs, mut upload, mut count) = (Vec::new(), None, 0);
    while let Some(part) = parts.next_field().await.map_err(refused)? {
        count += 1;
        if count > PARTS_MAX {
            return Err(format!("it has more than {PARTS_MAX} parts"));
        }
        let name = part.name().unwrap_or("").to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(refused)?;
        match file_name {
            Some(file_name) if name == FILE && upload.is_none() => {
                upload = Some(Upload {
                    name: file_name,
                    bytes: bytes.to_vec(),
                });
            }
            Some(_) => {}
            None => pairs.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    if count == 0 {
        return Err("no part of it begins with its boundary".to_owned());
    }
    Ok((Query::new(pairs), upload))
}
