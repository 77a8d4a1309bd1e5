//! What follows from an area's name and code.

use entity::{AreaKind, AreaLevel};

/// The kind that the official names tell: 区, 市, 县; 街道, 镇, 乡; 村, 社区.
pub fn kind_of(level: AreaLevel, name: &str) -> Option<AreaKind> {
    let ends = |tail: &str| name.ends_with(tail);
    match level {
        AreaLevel::District if ends("区") => Some(AreaKind::CityDistrict),
        AreaLevel::District if ends("市") => Some(AreaKind::CountyCity),
        AreaLevel::District => Some(AreaKind::County),
        AreaLevel::Subdistrict if ends("街道") => Some(AreaKind::Street),
        AreaLevel::Subdistrict if ends("镇") => Some(AreaKind::Town),
        AreaLevel::Subdistrict if ends("乡") => Some(AreaKind::Township),
        AreaLevel::Subdistrict => Some(AreaKind::Zone),
        AreaLevel::Community if ends("村") || ends("村委会") => Some(AreaKind::Village),
        AreaLevel::Community if ends("社区") || ends("居委会") => Some(AreaKind::Residents),
        _ => None,
    }
}

/// The level that the digits of a code tell; none where they are no code.
pub fn level_of(code: &str) -> Option<AreaLevel> {
    let zeros = |from: usize, to: usize| code.get(from..to).is_some_and(|digits| digits.bytes().all(|b| b == b'0'));
    match code.len() {
        18 => Some(AreaLevel::MicroGrid),
        15 => Some(AreaLevel::Grid),
        12 if !zeros(9, 12) => Some(AreaLevel::Community),
        12 if !zeros(6, 9) => Some(AreaLevel::Subdistrict),
        12 if !zeros(4, 6) => Some(AreaLevel::District),
        12 if !zeros(2, 4) => Some(AreaLevel::City),
        12 => Some(AreaLevel::Province),
        _ => None,
    }
}

/// Whether an area of this code lies directly below another, as far as the digits tell: a grid's begin with its community's, a community's with the nine
/// of its subdistrict.
pub fn fits_below(code: &str, parent_code: &str, parent: AreaLevel) -> bool {
    let Some(level) = level_of(code) else { return false };
    let own = match parent {
        AreaLevel::Province => 2,
        AreaLevel::City => 4,
        AreaLevel::District => 6,
        AreaLevel::Subdistrict => 9,
        AreaLevel::Community => 12,
        AreaLevel::Grid | AreaLevel::MicroGrid => 15,
    };
    if code.len() > 12 {
        return level > parent && code.get(..code.len() - 3) == Some(parent_code);
    }
    level > parent && parent_code.get(..own) == code.get(..own)
}
