//! `chuishao figures` 数据核对: the figures that accounts have published, `facts/reported-figures.csv`, beside what GraphQL queries count as of the
//! same date in this database. It reads only, and may run beside a server.
//!
//! A command is the operator. It asks as an auditor of the place would: one who sees all of it, names masked, and changes nothing. Nobody of that
//! name is entered.

mod ask;
mod book;
mod table;

use anyhow::{Context, bail};
use chrono::{Days, Months, NaiveDate};
use serde::Deserialize;

use self::{ask::Desk, book::How};
use crate::{app::App, clock::Clock, config::Config};

/// A published figure.
#[derive(Clone, Debug, Deserialize)]
struct Figure {
    place_code: String,
    /// Empty where it is of the place as a whole.
    complex: String,
    /// A month, such as 2024-10: it is of that month's last day.
    as_of: String,
    /// A month, from whose first day on things were counted; empty where they stand on the day, or were counted from the beginning.
    period_start: String,
    figure: String,
    comparator: Comparator,
    value: f64,
    unit: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Comparator {
    #[serde(rename = "=")]
    Equal,
    /// 余, 以上
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = "<=")]
    AtMost,
    /// 约
    #[serde(rename = "~")]
    About,
}

/// What a query has counted; of a share, both parts.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tally {
    value: f64,
    parts: Option<(f64, f64)>,
}

enum Outcome {
    Met(Tally),
    Differs(Tally),
    /// There is no such noun, and why.
    NotYet(&'static str),
}

impl Figure {
    fn all() -> anyhow::Result<Vec<Self>> {
        let text = include_str!("../../../facts/reported-figures.csv");
        csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect::<Result<_, _>>().context("reported-figures.csv")
    }

    /// The day it is of.
    fn day(&self) -> anyhow::Result<NaiveDate> {
        let last = first_of(&self.as_of)?.checked_add_months(Months::new(1)).and_then(|next| next.checked_sub_days(Days::new(1)));
        last.context("a day in the calendar")
    }

    /// The first day counted.
    fn since(&self) -> anyhow::Result<Option<NaiveDate>> {
        Some(self.period_start.as_str()).filter(|month| !month.is_empty()).map(first_of).transpose()
    }

    fn is_met_by(&self, value: f64) -> bool {
        match self.comparator {
            // as exact as it was published: 83 % says nothing of what follows the point
            Comparator::Equal => (value * self.places()).round() == (self.value * self.places()).round(),
            Comparator::AtLeast => value >= self.value,
            Comparator::AtMost => value <= self.value,
            // within half of the last digit that was written: 约2100万 is 2050 to 2150
            Comparator::About => (value - self.value).abs() <= self.last_digit() / 2.0,
        }
    }

    fn places(&self) -> f64 {
        if self.value.fract() == 0.0 { 1.0 } else { 10.0 }
    }

    fn last_digit(&self) -> f64 {
        let mut digit = 1.0;
        while self.value != 0.0 && self.value % (digit * 10.0) == 0.0 {
            digit *= 10.0;
        }
        digit
    }
}

fn first_of(month: &str) -> anyhow::Result<NaiveDate> {
    format!("{month}-01").parse().with_context(|| format!("{month} is no month"))
}

pub async fn run(config: &Config) -> anyhow::Result<()> {
    super::must_have_database(config)?;
    let app = App::open(config, Clock::System, None).await?;
    let desk = Desk::new(app.clone());
    let outcomes = all(&desk).await;
    app.db.close().await;
    let outcomes = outcomes?;
    table::print(&outcomes);
    match outcomes.iter().filter(|(.., outcome)| matches!(outcome, Outcome::Differs(_))).count() {
        0 => Ok(()),
        count => bail!("{count} of the figures differ from what was published 与公开数字不符"),
    }
}

struct Row {
    figure: Figure,
    place: String,
    /// The figure's name in Chinese.
    title: &'static str,
    /// Whether the records say when: else they are counted as they are now.
    dated: bool,
}

async fn all(desk: &Desk) -> anyhow::Result<Vec<(Row, Outcome)>> {
    let mut rows = Vec::new();
    for figure in Figure::all()? {
        let entry = book::entry(&figure.figure).with_context(|| format!("nothing is said of the figure {}", figure.figure))?;
        let place = desk.place(&figure.place_code).await?;
        let outcome = match &entry.how {
            How::NotYet(why) => Outcome::NotYet(why),
            how => {
                let asked = desk.tally(&place, &figure, how).await;
                let tally = asked.with_context(|| format!("cannot count {} of {}", figure.figure, figure.place_code))?;
                if figure.is_met_by(tally.value) { Outcome::Met(tally) } else { Outcome::Differs(tally) }
            }
        };
        rows.push((Row { place: place.name, title: entry.title, dated: entry.how.is_dated(), figure }, outcome));
    }
    Ok(rows)
}
