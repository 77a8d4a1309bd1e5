//! Whether the case files are whole: asked for one by one, or for all of them at the command line.

use std::collections::{BTreeMap, HashMap};

use entity::{CaseId, case_number};

use crate::{
    app::Cx,
    attachment::service as attachments,
    case::{
        chain::{Fault, Verdict},
        store,
    },
    db::{Db, DbErr, snapshot},
};

/// Files that are checked at once.
const BATCH: u64 = 200;

/// Of cases that the actor was found to see. Asked of the primary: a check is of what is kept, not of a copy that may be behind. Of attachments, what is
/// written of them is compared; their content is read by [`verify`] alone.
pub async fn integrity(cx: &Cx, cases: Vec<CaseId>) -> Result<HashMap<CaseId, Verdict>, DbErr> {
    let found = verdicts(&cx.db, cases, false).await?;
    Ok(found.into_iter().map(|(id, verdict, _)| (id, verdict)).collect())
}

/// What is wrong with a case.
#[derive(Debug)]
pub enum Finding {
    Fault(Fault),
    /// Rows of it hold what no row can hold.
    Unreadable(DbErr),
    /// Its number was given out, or a later one was, and there is no such case.
    Gone,
}

/// What was checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub cases: u64,
    pub entries: u64,
    pub whistles: u64,
    pub broken: u64,
}

/// Goes through all cases in the order of their numbers, or looks at one; `tell(number, what)` is called for each that is not whole. None where
/// there is no case of that number.
pub async fn verify(db: &Db, number: Option<&str>, mut tell: impl FnMut(&str, Finding)) -> Result<Option<Tally>, DbErr> {
    let mut tally = Tally::default();
    if let Some(number) = number {
        let Some(id) = store::id_of_number(db, number).await? else { return Ok(None) };
        batch(db, &[(id, number.to_owned())], &mut tally, &mut tell).await?;
        return Ok(Some(tally));
    }
    // before the cases: what is reported meanwhile is not missed
    let given = store::last_numbers(db).await?;
    let mut numbers = Numbers::default();
    let mut last = String::new();
    loop {
        let cases = store::numbers_after(db, &last, BATCH).await?;
        let Some((_, number)) = cases.last() else { break };
        last.clone_from(number);
        cases.iter().for_each(|(_, number)| numbers.seen(number));
        batch(db, &cases, &mut tally, &mut tell).await?;
    }
    for gone in numbers.gone(given) {
        tally.broken += 1;
        tell(&gone, Finding::Gone);
    }
    Ok(Some(tally))
}

async fn batch(db: &Db, cases: &[(CaseId, String)], tally: &mut Tally, tell: &mut impl FnMut(&str, Finding)) -> Result<(), DbErr> {
    let numbers: HashMap<CaseId, &str> = cases.iter().map(|(id, number)| (*id, number.as_str())).collect();
    let ids: Vec<CaseId> = cases.iter().map(|(id, _)| *id).collect();
    let mut found = Vec::new();
    match verdicts(db, ids.clone(), true).await {
        Ok(verdicts) => found = verdicts,
        Err(error) if ids.len() == 1 => return Err(error),
        // one of them holds what cannot be read: which one?
        Err(_) => {
            for id in ids {
                match verdicts(db, vec![id], true).await {
                    Ok(verdict) => found.extend(verdict),
                    Err(error) => {
                        tally.cases += 1;
                        tally.broken += 1;
                        tell(numbers.get(&id).unwrap_or(&""), Finding::Unreadable(error));
                    }
                }
            }
        }
    }
    found.sort_by_key(|(id, ..)| numbers.get(id));
    for (id, verdict, whistles) in found {
        tally.cases += 1;
        tally.entries += verdict.entries as u64;
        tally.whistles += whistles as u64;
        if let Some(fault) = verdict.broken {
            tally.broken += 1;
            tell(numbers.get(&id).unwrap_or(&""), Finding::Fault(fault));
        }
    }
    Ok(())
}

async fn verdicts(db: &Db, ids: Vec<CaseId>, contents: bool) -> Result<Vec<(CaseId, Verdict, usize)>, DbErr> {
    let checked = snapshot(&db.read, move |tx| {
        Box::pin(async move {
            let held = attachments::held_in_tx(tx, &ids, contents).await?;
            store::verdicts(tx, &ids, &held).await
        })
    });
    checked.await
}

/// The numbers of each district and year: 1, 2, 3 … without a gap, as they were given out.
#[derive(Default)]
struct Numbers {
    /// By district and year: the last one seen, and the first that is missing.
    series: BTreeMap<String, (i32, Option<i32>)>,
}

impl Numbers {
    fn seen(&mut self, number: &str) {
        let Some((series, number)) = number.rsplit_once('-') else { return };
        let Ok(number) = number.parse::<i32>() else { return };
        let (last, missing) = self.series.entry(series.to_owned()).or_default();
        if number > *last + 1 && missing.is_none() {
            *missing = Some(*last + 1);
        }
        *last = number.max(*last);
    }

    fn gone(mut self, given: Vec<case_number::Model>) -> Vec<String> {
        for given in given {
            let (last, missing) = self.series.entry(format!("{}-{}", given.district, given.year)).or_default();
            if given.last > *last && missing.is_none() {
                *missing = Some(*last + 1);
            }
        }
        self.series.into_iter().filter_map(|(series, (_, missing))| Some(format!("{series}-{:06}", missing?))).collect()
    }
}
