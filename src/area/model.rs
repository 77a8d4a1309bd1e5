//! What follows from an area's name.

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
