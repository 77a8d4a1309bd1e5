//! `chuishao figures`: what accounts have published comes back from queries, and the command says so where it does not.

use std::path::Path;

use chuishao::demo;

use crate::support::{
    TestApp,
    process::{chuishao, failed, finish, succeeded},
};

crate::tests! {
    bare: [published_figures_come_back_until_data_are_spoilt],
    pure: [without_the_demonstration_there_is_nothing_to_compare],
}

const LOUXING: &str = r#"area: "431302000000""#;

fn figures(t: &TestApp, data: &Path) -> std::process::Command {
    let mut command = chuishao(data, &["figures"]);
    command.env("CHUISHAO_DATABASE_URL", &t.url);
    command
}

/// The words of the line that names this.
fn line(said: &str, name: &str) -> Vec<String> {
    let found = said.lines().find(|line| line.split_whitespace().any(|word| word == name));
    found.unwrap_or_else(|| panic!("no {name} in: {said}")).split_whitespace().map(str::to_owned).collect()
}

/// The last words of a line: comparator, value and unit as published, and what was computed.
#[track_caller]
fn assert_ends(said: &str, name: &str, end: &str) {
    let words = line(said, name).join(" ");
    assert!(words.ends_with(end), "{words}");
}

async fn published_figures_come_back_until_data_are_spoilt(t: TestApp) {
    demo::load(&t.app.db, &t.app.clock, |_, _| {}).await.expect("loaded");
    let data = tempfile::tempdir().expect("a directory");
    come_back(&succeeded(&mut figures(&t, data.path())));
    managed_as_of_a_day(&t).await;
    spoilt(&t, data.path()).await;
}

fn come_back(said: &str) {
    for (name, end) in [
        ("complexes", "= 485 complex 485*"),
        ("property_management_coverage", "= 83 % 83.1 403/485"),
        ("managed_area", "≈ 21000000 m2 21000000"),
        ("disputes_handled", "= 3723 case 3723"),
        ("disputes_since_2024", "≥ 5000 case 5000"),
        ("ledger_cases_closed", "= 93 case 93"),
        ("livelihood_problems_solved", "= 108 case 108"),
        ("property_firms", "= 131 firm 131"),
        ("grid_branch_secretaries", "= 27 person 27"),
        ("issues_put_right", "= 1263 place 1263"),
        ("property_firm_changes_in_3_years", "= 4 change 4"),
        ("households", "= 1880 household 1880*"),
        ("owners_committee_members", "= 7 person 7"),
        ("committee_members", "= 9 person 9"),
        ("record_completeness", "= 95.5 % 95.5* 3705/3880"),
        ("courtyards", "= 9 courtyard 9*"),
        ("deed_tax_refunded", "≥ 800000 CNY 800000"),
        ("star_complexes", "no star ratings of complexes 星级小区"),
    ] {
        assert_ends(said, name, end);
    }
    // every published figure is either counted or listed with a reason
    let published = include_str!("../../facts/reported-figures.csv").lines().count() - 1;
    let numbers: Vec<usize> = said.lines().last().expect("a line").split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [met, different, not_yet] = numbers[..] else { panic!("{said}") };
    assert_eq!((met + not_yet, different), (published, 0), "{said}");
    assert!(met >= 30, "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("met ")).count(), met, "{said}");
}

/// Behind the server's back, as a failing disk or a careless hand may.
async fn spoilt(t: &TestApp, data: &Path) {
    t.sql("DELETE FROM contract_fee WHERE contract_id IN (SELECT id FROM firm_contract WHERE complex_id IN (SELECT id FROM complex WHERE name = '新月苑'))").await;
    t.sql("DELETE FROM firm_contract WHERE complex_id IN (SELECT id FROM complex WHERE name = '新月苑')").await;
    t.sql(
        "DELETE FROM register_case WHERE case_id IN (SELECT id FROM case_file WHERE category = 'PROPERTY_SERVICE' AND status = 'IN_PROGRESS'
         AND id IN (SELECT case_id FROM register_case) ORDER BY id LIMIT 1)",
    )
    .await;
    let output = finish(&mut figures(t, data));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("2 of the figures differ"), "{}", String::from_utf8_lossy(&output.stderr));
    assert_ends(&said, "complexes_with_property_management", "= 403 complex 402");
    assert_ends(&said, "ledger_cases", "= 155 case 154");
    for name in ["complexes_with_property_management", "ledger_cases"] {
        assert_eq!(line(&said, name)[..2], ["DIFFERENT", "不符"]);
    }
    assert_eq!(line(&said, "ledger_cases_closed")[..2], ["met", "相符"]);
    assert!(said.contains(", 2 different"), "{said}");
}

async fn managed_as_of_a_day(t: &TestApp) {
    let total = async |filter: &str| {
        let answer = t.ask(None, &format!("{{ complexes(filter: {{{LOUXING}, {filter}}}) {{ totalCount }} }}")).await;
        answer.data()["complexes"]["totalCount"].as_u64().expect("a number")
    };
    assert_eq!(total("managed: true").await, 403);
    assert_eq!(total(r#"managed: true, asOf: "2024-10-31""#).await, 403);
    assert_eq!(total(r#"managed: false, asOf: "2024-10-31""#).await, 82);
    assert_eq!(total(r#"managed: true, asOf: "2010-01-01""#).await, 0);
    let first = total(r#"managed: true, asOf: "2023-01-01""#).await;
    assert!(0 < first && first < 403, "{first}");
    // each side of an `or` has a day of its own
    let either = r#"or: [{managed: true, asOf: "2010-01-01"}, {managed: true}]"#;
    assert_eq!(total(either).await, 403);
    let firm = r#"firm: {name: {startsWith: "演示物业"}}"#;
    assert_eq!(total(&format!(r#"{firm}, asOf: "2010-01-01""#)).await, 0);
    assert_eq!(total(&format!(r#"{firm}, asOf: "2024-10-31""#)).await, 403);
}

fn without_the_demonstration_there_is_nothing_to_compare() {
    let data = tempfile::tempdir().expect("a directory");
    failed(&mut chuishao(data.path(), &["figures"]), 1, &["there is no database in"]);
    succeeded(&mut chuishao(data.path(), &["migrate"]));
    failed(&mut chuishao(data.path(), &["figures"]), 1, &["no area 431302000000", "demonstration"]);
}
