//! Asks the schema, in the process, what a client would ask it.

use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{Days, Months, NaiveDate};
use entity::PostRole;
use serde_json::{Map, Value, json};

use super::{Figure, Tally, book::How};
use crate::{
    app::{App, Cx},
    area,
    auth::{Actor, HeldPost},
    graphql::context::Language,
    http::{Api, Caller},
};

pub struct Desk {
    api: Api,
}

/// A place, and an auditor of it.
pub struct Place {
    pub name: String,
    caller: Caller,
}

impl Desk {
    pub fn new(app: Arc<App>) -> Self {
        Self { api: Api::new(app) }
    }

    pub async fn place(&self, code: &str) -> anyhow::Result<Place> {
        let app = self.api.app();
        let reading = Cx::new(app.clone(), Actor::anonymous());
        let mut found = area::service::by_codes(&reading, vec![code.to_owned()]).await.context("cannot read the database")?;
        let Some(area) = found.remove(code) else {
            bail!("there is no area {code} in this database: these figures are of the demonstration data 此数据库中没有演示数据")
        };
        let post = HeldPost { id: app.clock.new_id(), role: PostRole::Auditor, unit: area.id.into(), area: area.id };
        let actor = Actor { person: Some(app.clock.new_id()), posts: vec![post], today: app.clock.today(), expires_at: None };
        Ok(Place { name: area.name, caller: Caller { cx: Cx::new(app.clone(), actor), language: Language::English } })
    }

    pub async fn tally(&self, place: &Place, figure: &Figure, how: &How) -> anyhow::Result<Tally> {
        let variables = variables(figure)?;
        Ok(match how {
            How::Count(list, filter) => whole(self.count(place, list, filter, &variables).await?),
            How::InRegister(name, filter) => {
                let mut variables = variables;
                variables.insert("register".to_owned(), self.register(place, name, &variables).await?);
                whole(self.count(place, "cases", filter, &variables).await?)
            }
            How::Share(list, part, all) => {
                share(self.count(place, list, part, &variables).await?, self.count(place, list, all, &variables).await?)
            }
            How::Sum(list, filter, fields, of) => whole(of(&self.rows(place, [list, filter, fields], &variables).await?, figure.day()?)),
            How::Total(field, sum, filter) => {
                let body = format!("{{ {field}(filter: {{{filter}}}) {{ {sum} }} }}");
                let answer = self.ask(place, &body, &variables).await?;
                // a decimal is a text
                let sum = &answer[*sum];
                whole(match sum.as_str() {
                    Some(text) => text.parse()?,
                    None => sum.as_f64().context("a number")?,
                })
            }
            How::Coverage(field, arguments) => {
                let body = format!("{{ {field}(area: $area {arguments}) {{ numerator denominator }} }}");
                let answer = self.ask(place, &body, &variables).await?;
                let of = |name: &str| answer[name].as_f64().context("a number");
                share(of("numerator")?, of("denominator")?)
            }
            How::NotYet(_) => bail!("there is nothing to count"),
        })
    }

    async fn count(&self, place: &Place, list: &str, filter: &str, variables: &Map<String, Value>) -> anyhow::Result<f64> {
        // of one complex where the figure is of one
        let complex =
            if matches!(list, "cases" | "doubleReports") && variables["complex"] != "" { ", complex: {name: {eq: $complex}}" } else { "" };
        let answer = self.ask(place, &format!("{{ {list}(filter: {{{filter}{complex}}}) {{ totalCount }} }}"), variables).await?;
        answer["totalCount"].as_f64().context("a number")
    }

    /// All rows of a list, page by page.
    async fn rows(&self, place: &Place, [list, filter, fields]: [&str; 3], variables: &Map<String, Value>) -> anyhow::Result<Vec<Value>> {
        let page = "pageInfo { hasNextPage endCursor }";
        let body = format!("{{ {list}(first: 200, after: $after, filter: {{{filter}}}) {{ nodes {{ {fields} }} {page} }} }}");
        let (mut rows, mut variables) = (Vec::new(), variables.clone());
        loop {
            let mut page = self.ask(place, &body, &variables).await?;
            rows.append(page["nodes"].as_array_mut().context("a page")?);
            if page["pageInfo"]["hasNextPage"] != true {
                return Ok(rows);
            }
            variables.insert("after".to_owned(), page["pageInfo"]["endCursor"].take());
        }
    }

    async fn register(&self, place: &Place, name: &str, variables: &Map<String, Value>) -> anyhow::Result<Value> {
        let mut variables = variables.clone();
        variables.insert("name".to_owned(), name.into());
        let list = "{ registers(first: 1, filter: {area: $area, name: {eq: $name}}) { nodes { id } } }";
        let mut page = self.ask(place, list, &variables).await?;
        Some(page["nodes"][0]["id"].take()).filter(|id| !id.is_null()).with_context(|| format!("there is no register {name}"))
    }

    /// What the one field of the document says.
    async fn ask(&self, place: &Place, body: &str, variables: &Map<String, Value>) -> anyhow::Result<Value> {
        // the schema refuses variables that are not used
        let used: Vec<_> = KINDS.iter().filter(|(name, _)| body.contains(&format!("${name}"))).collect();
        let declared: Vec<String> = used.iter().map(|(name, kind)| format!("${name}: {kind}")).collect();
        let variables =
            used.iter().filter_map(|(name, _)| variables.get_key_value(*name)).map(|(name, value)| (name.clone(), value.clone()));
        let query = if declared.is_empty() { body.to_owned() } else { format!("query({}) {body}", declared.join(", ")) };
        let answer = self.api.ask(&place.caller, &query, Value::Object(variables.collect())).await?;
        match answer {
            Value::Object(fields) => fields.into_iter().next().map(|(_, value)| value).context("one field"),
            _ => bail!("no data"),
        }
    }
}

/// What a query may name, and of which type it is.
const KINDS: [(&str, &str); 9] = [
    ("area", "AreaCode!"),
    ("complex", "String!"),
    ("day", "Date!"),
    ("from", "DateTime"),
    ("until", "DateTime!"),
    ("before", "Date!"),
    ("register", "ID!"),
    ("name", "String!"),
    ("after", "String"),
];

fn variables(figure: &Figure) -> anyhow::Result<Map<String, Value>> {
    let day = figure.day()?;
    let next = day.checked_add_days(Days::new(1)).context("a day in the calendar")?;
    let midnight = |day: NaiveDate| format!("{day}T00:00:00+08:00");
    let pairs = [
        ("area", json!(figure.place_code)),
        ("complex", json!(figure.complex)),
        ("day", json!(day)),
        ("from", json!(figure.since()?.map(midnight))),
        ("until", json!(midnight(next))),
        ("before", json!(day.checked_sub_months(Months::new(36)))),
    ];
    Ok(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn whole(value: f64) -> Tally {
    Tally { value, parts: None }
}

fn share(part: f64, whole: f64) -> Tally {
    Tally { value: if whole > 0.0 { 100.0 * part / whole } else { 0.0 }, parts: Some((part, whole)) }
}
