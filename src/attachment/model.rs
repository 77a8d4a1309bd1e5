//! What may be sent in, and under which name it is kept and handed out.

/// Characters of a file's name at most.
const LONGEST_NAME: usize = 200;
/// Of a file whose name says nothing, or is not to be told.
pub const UNNAMED: &str = "未命名";

/// The types that are taken, each by the bytes its files begin with.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"\xFF\xD8\xFF", "image/jpeg"),
    (b"\x89PNG\r\n\x1A\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
];
/// How names of files of each type end, the usual ending first.
const ENDINGS: &[(&str, &[&str])] = &[
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/png", &["png"]),
    ("image/webp", &["webp"]),
    ("image/gif", &["gif"]),
    ("image/heic", &["heic", "heif"]),
    ("application/pdf", &["pdf"]),
    ("video/mp4", &["mp4", "m4v"]),
    ("video/quicktime", &["mov", "qt"]),
];
/// The brands of HEIC, which may be among those that a file says it is compatible with.
const HEIC: &[&[u8]] = &[b"heic", b"heix", b"heim", b"heis"];
/// The brands of MP4, of which the first has to be one: sound alone names others first.
const MP4: &[&[u8]] = &[b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "];
/// The brand of what telephones by Apple film.
const QUICKTIME: &[u8] = b"qt  ";

/// The media type, by what the content begins with; what the client says of it counts for nothing. None: not of a type that is taken.
pub fn maybe_media_type(content: &[u8]) -> Option<&'static str> {
    let known = BEGINNINGS.iter().find(|(beginning, _)| content.starts_with(beginning)).map(|(_, kind)| *kind);
    known.or_else(|| (content.starts_with(b"RIFF") && content.get(8..12)? == b"WEBP").then_some("image/webp")).or_else(|| branded(content))
}

/// Files of the ISO base media format: a length, `ftyp`, a brand, its version, and the brands it is compatible with.
fn branded(content: &[u8]) -> Option<&'static str> {
    if content.get(4..8)? != b"ftyp" {
        return None;
    }
    let brand = content.get(8..12)?;
    let length = u32::from_be_bytes(content.get(..4)?.try_into().ok()?);
    let end = usize::try_from(length).ok()?.min(content.len());
    let compatible = content.get(16..end).unwrap_or_default();
    if std::iter::once(brand).chain(compatible.chunks_exact(4)).any(|brand| HEIC.contains(&brand)) {
        return Some("image/heic");
    }
    if brand == QUICKTIME {
        return Some("video/quicktime");
    }
    MP4.contains(&brand).then_some("video/mp4")
}

/// The last part of a path, without what cannot be seen.
pub fn clean_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = base.chars().filter(|c| !c.is_control() && !turns_text(*c)).take(LONGEST_NAME).collect();
    let kept = kept.trim();
    if kept.is_empty() { UNNAMED.to_owned() } else { kept.to_owned() }
}

/// The name under which it is saved: one that ends as its type does. What is a document by its first bytes may be a script by the rest, and its name
/// says what runs when somebody opens it.
pub fn name_to_save(name: &str, media_type: &str) -> String {
    let endings = ENDINGS.iter().find(|(kind, _)| *kind == media_type).map(|(_, endings)| *endings).unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    match endings.first() {
        Some(usual) if !endings.contains(&ending.as_str()) => format!("{name}.{usual}"),
        _ => name.to_owned(),
    }
}

/// Marks of writing direction, ends of lines, and what has no width: with them a name looks like another.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}
