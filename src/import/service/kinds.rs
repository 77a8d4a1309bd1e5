//! The tables that can be taken in, and whose lines an administrator may send.

use std::{collections::HashMap, sync::Arc};

use entity::{AreaId, ImportKind, PersonId, area};

use crate::{
    app::App,
    area::{import as areas, service as area_service},
    committee::import as committees,
    complex::import as complexes,
    db::DbErr,
    department::import as departments,
    double_report::import as double_reports,
    firm::import as firms,
    grid::import as grids,
    job::Meter,
    party::import as branches,
    person::import::{self as persons, Importer},
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Tally, Why},
};

/// Where a line says which area it is about.
#[derive(Clone, Copy)]
enum Place {
    /// In this column; the area exists, or the line is refused for that.
    At(&'static str),
    /// The line makes or renames an area, below another.
    NewArea,
    /// The same for a grid: its code says what it lies in.
    NewGrid,
}

/// The columns of a table, and which of them says where a line belongs.
fn layout(kind: ImportKind) -> (&'static [Column], Place) {
    match kind {
        ImportKind::Areas => (areas::COLUMNS, Place::NewArea),
        ImportKind::Grids => (grids::COLUMNS, Place::NewGrid),
        ImportKind::Complexes => (complexes::COLUMNS, Place::At("area_code")),
        ImportKind::Buildings => (complexes::BUILDING_COLUMNS, Place::At("area_code")),
        ImportKind::Dwellings => (complexes::DWELLING_COLUMNS, Place::At("area_code")),
        ImportKind::Firms => (firms::COLUMNS, Place::At("district_code")),
        ImportKind::Contracts => (firms::CONTRACT_COLUMNS, Place::At("area_code")),
        ImportKind::Branches => (branches::COLUMNS, Place::At("area_code")),
        ImportKind::Departments => (departments::COLUMNS, Place::At("district_code")),
        ImportKind::Matters => (departments::MATTER_COLUMNS, Place::At("district_code")),
        ImportKind::Persons => (persons::COLUMNS, Place::At("area_code")),
        ImportKind::Committees => (committees::COLUMNS, Place::At("area_code")),
        ImportKind::Members => (branches::MEMBER_COLUMNS, Place::At("area_code")),
        ImportKind::DoubleReports => (double_reports::COLUMNS, Place::At("area_code")),
    }
}

pub fn columns(kind: ImportKind) -> &'static [Column] {
    layout(kind).0
}

/// Takes a table in, all of it or nothing, by somebody who administers these areas.
pub async fn take(
    app: &Arc<App>,
    kind: ImportKind,
    content: Vec<u8>,
    by: (PersonId, Vec<AreaId>),
    meter: &Meter,
) -> Result<Tally, Refused> {
    let reach = Reach::of(app, by.1).await?;
    let told = &mut |done, of| meter.tell((done, of));
    macro_rules! take {
        ($read:path, $write:path $(, $by:expr)?) => {{
            let mut lines = read(app, kind, content, &reach, $read).await?;
            lines.by = Some(by.0);
            meter.tell((0, lines.good.len()));
            $write(app, lines, told $(, $by)?).await
        }};
    }
    match kind {
        ImportKind::Areas => take!(areas::read, areas::import),
        ImportKind::Grids => take!(grids::read, grids::import),
        ImportKind::Complexes => take!(complexes::read, complexes::import),
        ImportKind::Buildings => take!(complexes::read_building, complexes::import_buildings),
        ImportKind::Dwellings => take!(complexes::read_dwelling, complexes::import_dwellings),
        ImportKind::Firms => take!(firms::read, firms::import),
        ImportKind::Contracts => take!(firms::read_contract, firms::import_contracts),
        ImportKind::Branches => take!(branches::read, branches::import),
        ImportKind::Departments => take!(departments::read, departments::import),
        ImportKind::Matters => take!(departments::read_matter, departments::import_matters),
        ImportKind::Persons => {
            let importer = Importer { person: by.0, areas: reach.areas.clone() };
            take!(persons::read, persons::import_by, &importer)
        }
        ImportKind::Committees => take!(committees::read, committees::import),
        ImportKind::Members => take!(branches::read_member, branches::import_members),
        ImportKind::DoubleReports => take!(double_reports::read, double_reports::import),
    }
}

/// Nothing of a file that is no table.
fn no_table(why: Why) -> Refused {
    Refused::Lines(vec![Bad { line: 1, column: None, why }])
}

/// What somebody may import.
struct Reach {
    /// None: everything.
    areas: Option<Vec<AreaId>>,
    paths: Vec<String>,
}

impl Reach {
    async fn of(app: &App, posts: Vec<AreaId>) -> Result<Self, Refused> {
        if posts.is_empty() {
            return Err(no_table(Why::of("import-not-yours")));
        }
        let tx = app.db.begin().await?;
        if area_service::reach_in_tx(&tx, &posts, None).await? {
            return Ok(Self { areas: None, paths: Vec::new() });
        }
        let paths = area_service::by_ids_in_tx(&tx, &posts).await?.into_iter().map(|area| area.path).collect();
        Ok(Self { areas: Some(posts), paths })
    }

    /// The lines that lie elsewhere. What names no known area is left to the importer, which refuses it or finds it below another line of the table, which
    /// is looked at itself; but an area at the top lies in nobody's.
    async fn elsewhere(&self, app: &App, named: &[Named]) -> Result<Vec<Bad>, DbErr> {
        let mut bad = Vec::new();
        let tx = app.db.begin().await?;
        for portion in named.chunks(PORTION) {
            let codes = portion.iter().flat_map(|named| [Some(&named.code), named.above.as_ref()]).flatten();
            let known = area_service::by_codes_in_tx(&tx, codes.cloned().collect()).await?;
            for named in portion {
                if let Some(why) = self.refuses(named, &known) {
                    bad.push(Bad { line: named.line, column: Some(named.column), why });
                }
            }
        }
        Ok(bad)
    }

    fn refuses(&self, named: &Named, known: &HashMap<String, area::Model>) -> Option<Why> {
        let own = known.get(&named.code);
        match own.or_else(|| known.get(named.above.as_ref()?)) {
            Some(area) if !self.paths.iter().any(|path| area.path.starts_with(path)) => Some(Why::of("import-not-yours")),
            None if named.new && named.above.is_none() => Some(Why::of("import-not-yours")),
            // as by mutation, whoever administers what is above renames an area
            Some(area) if own.is_some() && named.renames(area) && !self.paths.iter().any(|path| is_above(path, area)) => {
                Some(Why::of("import-own-area"))
            }
            _ => None,
        }
    }
}

fn is_above(path: &str, area: &area::Model) -> bool {
    area.path != path && area.path.starts_with(path)
}

/// The area that a line names.
struct Named {
    line: u32,
    column: &'static str,
    code: String,
    above: Option<String>,
    /// The name that the line gives it.
    name: Option<String>,
    new: bool,
}

impl Named {
    fn of(line: &Line, columns: &'static [Column], place: Place) -> Self {
        // as the importer reads them
        let text = |key| line.plain(key).to_owned();
        let (key, above) = match place {
            Place::At(key) => (key, None),
            Place::NewArea => ("code", Some(text("parent_code")).filter(|above| !above.is_empty())),
            Place::NewGrid => ("code", text("code").get(..text("code").len().saturating_sub(3)).map(str::to_owned)),
        };
        let column = columns.iter().find(|column| column.key == key).map_or("", |column| column.title);
        let name = matches!(place, Place::NewArea).then(|| line.text("name").to_owned());
        Self { line: line.number, column, code: text(key), above, name, new: !matches!(place, Place::At(_)) }
    }

    fn renames(&self, area: &area::Model) -> bool {
        self.name.as_ref().is_some_and(|name| *name != area.name)
    }
}

/// Reads a table and looks where its lines lie. Reading is work for the processor only, so it is done aside.
async fn read<L: Send + 'static>(
    app: &App,
    kind: ImportKind,
    content: Vec<u8>,
    reach: &Reach,
    each: fn(Line) -> Result<L, Bad>,
) -> Result<Lines<L>, Refused> {
    let ((columns, place), everywhere) = (layout(kind), reach.areas.is_none());
    let reading = tokio::task::spawn_blocking(move || {
        let named = std::cell::RefCell::new(Vec::new());
        let lines = sheet::read(&content, columns, |line| {
            if !everywhere {
                named.borrow_mut().push(Named::of(&line, columns, place));
            }
            each(line)
        });
        (lines, named.into_inner())
    });
    let (lines, named) = reading.await.map_err(|failure| DbErr::Custom(failure.to_string()))?;
    let mut lines = lines.map_err(no_table)?;
    lines.bad.extend(reach.elsewhere(app, &named).await?);
    Ok(lines)
}
