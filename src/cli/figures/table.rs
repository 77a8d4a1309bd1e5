//! What is printed.

use super::{Comparator, Figure, Outcome, Row, Tally};

pub fn print(rows: &[(Row, Outcome)]) {
    let heads = ["", "as of 截至", "place 地方", "figure 指标", "published 公开", "computed 计算", "parts 分子/分母"];
    let counted = rows.iter().filter_map(|(row, outcome)| counted(row, outcome));
    lay_out(std::iter::once(heads.map(str::to_owned)).chain(counted).collect());
    say!("* as recorded now: these records have no dates 按现有记录");
    say!("\nnot yet: no query counts these 暂无");
    lay_out(rows.iter().filter_map(|(row, outcome)| absent(row, outcome)).collect());
    let count = |wanted: fn(&Outcome) -> bool| rows.iter().filter(|(_, outcome)| wanted(outcome)).count();
    say!(
        "\n{} met 相符, {} different 不符, {} not yet 暂无",
        count(|outcome| matches!(outcome, Outcome::Met(_))),
        count(|outcome| matches!(outcome, Outcome::Differs(_))),
        count(|outcome| matches!(outcome, Outcome::NotYet(_)))
    );
}

fn counted(row: &Row, outcome: &Outcome) -> Option<[String; 7]> {
    let (verdict, tally) = match outcome {
        Outcome::Met(tally) => ("met 相符", tally),
        Outcome::Differs(tally) => ("DIFFERENT 不符", tally),
        Outcome::NotYet(_) => return None,
    };
    let star = if row.dated { "" } else { "*" };
    let [when, place, title] = named(row);
    let computed = format!("{}{star}", value(tally.value));
    Some([verdict.to_owned(), when, place, title, published(&row.figure), computed, parts(tally)])
}

fn absent(row: &Row, outcome: &Outcome) -> Option<[String; 5]> {
    let Outcome::NotYet(why) = outcome else { return None };
    let [when, place, title] = named(row);
    Some([when, place, title, published(&row.figure), (*why).to_owned()])
}

fn named(row: &Row) -> [String; 3] {
    let figure = &row.figure;
    let since = if figure.period_start.is_empty() { String::new() } else { format!("{} – ", figure.period_start) };
    let place = format!("{} {}", row.place, figure.complex);
    [format!("{since}{}", figure.as_of), place.trim_end().to_owned(), format!("{} {}", figure.figure, row.title)]
}

fn published(figure: &Figure) -> String {
    let comparator = match figure.comparator {
        Comparator::Equal => "=",
        Comparator::AtLeast => "≥",
        Comparator::AtMost => "≤",
        Comparator::About => "≈",
    };
    format!("{comparator} {} {}", value(figure.value), if figure.unit == "percent" { "%" } else { &figure.unit })
}

/// Without decimals, but for a share that is no whole number.
fn value(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn parts(tally: &Tally) -> String {
    tally.parts.map(|(part, whole)| format!("{part}/{whole}")).unwrap_or_default()
}

/// Columns as wide as their widest cell.
fn lay_out<const N: usize>(lines: Vec<[String; N]>) {
    let widths: [usize; N] = std::array::from_fn(|column| lines.iter().map(|line| width(&line[column])).max().unwrap_or(0));
    for line in lines {
        let cells = line.iter().zip(widths).map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))));
        say!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// In a terminal: Chinese characters and their punctuation take two columns.
fn width(text: &str) -> usize {
    text.chars().map(|character| if character >= '\u{2E80}' { 2 } else { 1 }).sum()
}
