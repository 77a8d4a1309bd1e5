//! A table as large as the whole country's. None of its areas is real.

use std::{fs::File, io::BufWriter, path::Path};

/// Children of each: cities of a province, districts of a city, and so on; as in the published table, nearly.
const BRANCHES: [u32; 4] = [12, 9, 14, 16];
const LEVELS: [(&str, &str, usize); 5] =
    [("PROVINCE", "虚省", 2), ("CITY", "虚市", 4), ("DISTRICT", "虚县", 6), ("SUBDISTRICT", "虚镇", 9), ("COMMUNITY", "虚村", 12)];

/// Codes begin with digits that no province has; parents come before children.
pub fn write(path: &Path, areas: u32) -> anyhow::Result<()> {
    let mut table = csv::Writer::from_writer(BufWriter::new(File::create(path)?));
    table.write_record(["code", "name", "level", "parent_code"])?;
    let mut left = areas;
    let provinces = (70..100).filter(|province| ![71, 81, 82].contains(province));
    for province in provinces {
        one(&mut table, 0, &format!("{province}"), "", &mut left)?;
    }
    anyhow::ensure!(left == 0, "the table has no room for {left} more areas");
    table.flush()?;
    Ok(())
}

fn one(table: &mut csv::Writer<BufWriter<File>>, level: usize, code: &str, parent: &str, left: &mut u32) -> anyhow::Result<()> {
    if *left == 0 {
        return Ok(());
    }
    *left -= 1;
    let (word, name, _) = LEVELS[level];
    let padded = format!("{code:0<12}");
    table.write_record([padded.as_str(), &format!("{name}{code}"), word, parent])?;
    let Some((_, _, digits)) = LEVELS.get(level + 1) else { return Ok(()) };
    for child in 1..=BRANCHES[level] {
        one(table, level + 1, &format!("{code}{child:0width$}", width = digits - code.len()), &padded, left)?;
    }
    Ok(())
}
