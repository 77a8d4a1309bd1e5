//! What becomes of the lines of one committee: the rules of the mutations, by their own checks.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{
    CommitteeEventKind, CommitteeKind, CompositionRule, PersonId, Provenance, committee, committee_event, committee_member, committee_term,
    post,
};

use super::{CAPACITY, ELECTED, ENDS, ESTABLISHED, FILED, Firms, Group, NAME, NUMBER, PERSON, ROLE, Seat, SeatLine};
use crate::{
    app::App,
    committee::{
        model::{self, Broken, post_of},
        service::{event, is_single, seated},
    },
    sheet::{Bad, Why},
};

/// What is to be written, and of how many lines it tells.
#[derive(Default)]
pub(super) struct Made {
    pub committees: Vec<committee::Model>,
    pub terms: Vec<committee_term::Model>,
    pub seats: Vec<committee_member::Model>,
    pub posts: Vec<post::Model>,
    pub events: Vec<committee_event::Model>,
    pub added: usize,
    pub changed: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Deciding<'a> {
    pub app: &'a App,
    pub by: Option<PersonId>,
    pub firms: &'a Firms,
    /// No line was bad before: the members of each election can be counted.
    pub whole: bool,
}

impl Deciding<'_> {
    pub fn take(&self, group: &Group<'_>, made: &mut Made, bad: &mut Vec<Bad>) {
        let Some(first) = group.seats.first().map(|seat| seat.line) else { return };
        let established = group.seats.iter().find_map(|seat| seat.line.established_on);
        for line in group.seats.iter().map(|seat| seat.line) {
            differs(line, first, (NAME, line.name != first.name), bad);
            differs(line, first, (ESTABLISHED, line.established_on.is_some() && line.established_on != established), bad);
        }
        let mut terms: BTreeMap<NaiveDate, Vec<&Seat>> = BTreeMap::new();
        for seat in &group.seats {
            terms.entry(seat.line.elected_on).or_default().push(seat);
        }
        let earliest = terms.keys().next().copied().unwrap_or(first.elected_on);
        let committee = match &group.known {
            Some(known) => {
                otherwise(first, NAME, (known.name != first.name, known.name.clone()), bad);
                let is_other = established.is_some_and(|day| day != known.established_on);
                otherwise(first, ESTABLISHED, (is_other, known.established_on.to_string()), bad);
                known.clone()
            }
            None => match self.establish(group, first, established, earliest) {
                Ok(new) => new,
                Err(wrong) => return bad.push(wrong),
            },
        };
        let latest = group.terms.last().cloned();
        let mut turn = Turn { on: *self, group, committee, latest, made: &mut *made, bad: &mut *bad };
        if group.known.is_none() {
            turn.tell(CommitteeEventKind::Established);
        }
        for (elected_on, seats) in &terms {
            turn.term(*elected_on, seats);
        }
        let committee = turn.committee;
        if group.known.as_ref() != Some(&committee) {
            made.committees.push(committee);
        }
    }

    /// A new one, at no version yet: what is told of it counts them.
    fn establish(
        &self,
        group: &Group<'_>,
        first: &SeatLine,
        established: Option<NaiveDate>,
        earliest: NaiveDate,
    ) -> Result<committee::Model, Bad> {
        if group.dissolved_on.is_some_and(|last| earliest <= last) {
            return Err(bad(first, NAME, Why::of("record-ended")));
        }
        let established_on = established.unwrap_or(earliest);
        let column = if established.is_some() { ESTABLISHED } else { ELECTED };
        within(first, column, established_on, (model::FIRST, self.app.clock.today().min(earliest)))?;
        Ok(committee::Model {
            id: self.app.clock.new_id(),
            kind: group.kind,
            name: first.name.clone(),
            area_id: group.place.area,
            complex_id: group.place.complex,
            branch_id: group.place.branch,
            established_on,
            dissolved_on: None,
            provenance: Provenance::Recorded,
            provenance_note: None,
            version: 0,
        })
    }
}

fn bad(line: &SeatLine, column: &'static str, why: Why) -> Bad {
    Bad { line: line.line, column: Some(column), why }
}

/// Lines that say different things of the same.
fn differs(line: &SeatLine, first: &SeatLine, (column, differs): (&'static str, bool), wrong: &mut Vec<Bad>) {
    if differs {
        wrong.push(bad(line, column, Why::of("import-lines-differ").with("line", first.line.to_string())));
    }
}

/// What is known otherwise.
fn otherwise(line: &SeatLine, column: &'static str, (is_other, known): (bool, String), wrong: &mut Vec<Bad>) {
    if is_other {
        wrong.push(bad(line, column, Why::of("import-known-otherwise").with("known", known)));
    }
}

fn within(line: &SeatLine, column: &'static str, day: NaiveDate, (low, high): (NaiveDate, NaiveDate)) -> Result<(), Bad> {
    let why = || Why::of("out-of-range").with("low", low.to_string()).with("high", high.to_string());
    if low <= day && day <= high { Ok(()) } else { Err(bad(line, column, why())) }
}

fn broken(rule: CompositionRule) -> Why {
    Why::of(model::message(rule)).with("source", model::source(rule))
}

struct Turn<'t, 'l> {
    on: Deciding<'t>,
    group: &'t Group<'l>,
    committee: committee::Model,
    latest: Option<committee_term::Model>,
    made: &'t mut Made,
    bad: &'t mut Vec<Bad>,
}

impl Turn<'_, '_> {
    /// The next version, and what made it. An entry names who made it, so of a table that nobody has sent there is none.
    fn tell(&mut self, kind: CommitteeEventKind) {
        self.committee.version += 1;
        if let Some(by) = self.on.by {
            self.made.events.push(event(&self.on.app.clock, &self.committee, by, (kind, None, None)));
        }
    }

    fn term(&mut self, elected_on: NaiveDate, seats: &[&Seat<'_>]) {
        let Some(first) = seats.first().map(|seat| seat.line) else { return };
        let filed_on = seats.iter().find_map(|seat| seat.line.filed_on);
        let number = seats.iter().find_map(|seat| seat.line.filing_number.clone());
        let mut persons = HashMap::new();
        let before = self.bad.len();
        for seat in seats {
            let line = seat.line;
            differs(line, first, (ENDS, line.ends_on != first.ends_on), self.bad);
            differs(line, first, (FILED, line.filed_on.is_some() && line.filed_on != filed_on), self.bad);
            differs(line, first, (NUMBER, line.filing_number.is_some() && line.filing_number != number), self.bad);
            if let Some(other) = persons.insert(seat.new.person, line.line) {
                self.bad.push(bad(line, PERSON, Why::of("sheet-twice").with("line", other.to_string())));
            }
        }
        if self.bad.len() > before {
            return;
        }
        let filing = (filed_on, number);
        let group = self.group;
        let done = match group.terms.iter().find(|term| term.elected_on == elected_on) {
            Some(term) => self.known_term(term, seats, first, filing),
            None => self.elect(seats, first, filing),
        };
        self.bad.extend(done.err());
    }

    /// A term that is known takes a filing, and nothing else.
    fn known_term(
        &mut self,
        term: &committee_term::Model,
        seats: &[&Seat<'_>],
        first: &SeatLine,
        (filed_on, number): (Option<NaiveDate>, Option<String>),
    ) -> Result<(), Bad> {
        let is_latest = self.group.terms.last().is_some_and(|latest| latest.id == term.id);
        // a later election may have ended it before its time
        let was_cut = !is_latest && term.ends_on < first.ends_on;
        otherwise(first, ENDS, (term.ends_on != first.ends_on && !was_cut, term.ends_on.to_string()), self.bad);
        for seat in seats {
            let known = self.known_seat(term, seat);
            self.bad.extend(known.err());
        }
        let Some(day) = filed_on else { return Ok(()) };
        if let Some(known) = term.filed_on {
            otherwise(first, FILED, (known != day, known.to_string()), self.bad);
            let is_other = number.is_some() && number != term.filing_number;
            otherwise(first, NUMBER, (is_other, term.filing_number.clone().unwrap_or_else(|| "—".to_owned())), self.bad);
            return Ok(());
        }
        if !is_latest {
            return Err(bad(first, FILED, Why::of("import-term-order")));
        }
        within(first, FILED, day, (term.elected_on, self.on.app.clock.today()))?;
        self.made.terms.push(committee_term::Model { filed_on: Some(day), filing_number: number, ..term.clone() });
        self.made.changed += 1;
        self.tell(CommitteeEventKind::Filed);
        Ok(())
    }

    fn known_seat(&self, term: &committee_term::Model, seat: &Seat<'_>) -> Result<(), Bad> {
        let line = seat.line;
        let mut held = self.group.held.iter().filter(|held| held.term_id == term.id && held.person_id == seat.new.person).peekable();
        if held.peek().is_none() {
            return Err(bad(line, PERSON, Why::of("import-seat-not-known")));
        }
        // an empty cell says nothing
        let says = |held: &committee_member::Model| {
            line.role.is_none_or(|role| role == held.role)
                && line.capacity.is_none_or(|capacity| capacity == held.capacity)
                && line.origin.is_none_or(|origin| origin == held.origin)
                && (seat.new.building.is_none() || seat.new.building == held.building_id)
                && (line.dwelling.is_none() || line.dwelling == held.dwelling)
        };
        if held.any(says) { Ok(()) } else { Err(bad(line, ROLE, Why::of("import-seat-otherwise"))) }
    }

    /// A new term with its seats.
    fn elect(&mut self, seats: &[&Seat<'_>], first: &SeatLine, filing: (Option<NaiveDate>, Option<String>)) -> Result<(), Bad> {
        let today = self.on.app.clock.today();
        within(first, ELECTED, first.elected_on, (self.committee.established_on, today))?;
        if let Some(latest) = &self.latest {
            if first.ends_on < latest.elected_on {
                return Err(bad(first, ELECTED, Why::of("import-term-order")));
            }
            if first.elected_on <= latest.ends_on {
                return Err(bad(first, ELECTED, Why::of("import-term-overlaps")));
            }
        }
        if let Some(day) = filing.0 {
            within(first, FILED, day, (first.elected_on, today))?;
        }
        self.may_be_elected(seats, first)?;
        let term = committee_term::Model {
            id: self.on.app.clock.new_id(),
            committee_id: self.committee.id,
            number: self.latest.as_ref().map_or(0, |latest| latest.number) + 1,
            elected_on: first.elected_on,
            ends_on: first.ends_on,
            filed_on: filing.0,
            filing_number: filing.1,
        };
        self.tell(CommitteeEventKind::Elected);
        if term.filed_on.is_some() {
            self.tell(CommitteeEventKind::Filed);
        }
        let clock = &self.on.app.clock;
        let rows: Vec<_> = seats.iter().map(|seat| seated(clock.new_id(), &term, seat.new.clone(), term.elected_on)).collect();
        self.made.posts.extend(rows.iter().filter_map(|seat| post_of(&self.committee, seat)));
        self.made.seats.extend(rows);
        self.made.added += seats.len();
        self.made.terms.push(term.clone());
        self.latest = Some(term);
        Ok(())
    }

    /// What an election may not break, each line by itself and all together; all that is wrong with single lines is told.
    fn may_be_elected(&mut self, seats: &[&Seat<'_>], first: &SeatLine) -> Result<(), Bad> {
        let mut chairs = 0;
        for seat in seats {
            chairs += usize::from(is_single(seat.new.role));
            if is_single(seat.new.role) && chairs > 1 {
                self.bad.push(bad(seat.line, ROLE, Why::of("taken")));
            }
            if seat.new.lacks_home(self.group.kind) {
                self.bad.push(bad(seat.line, super::BUILDING, Why::of("required")));
            }
            if self.is_barred(seat.new.person, (first.elected_on, first.ends_on)) {
                self.bad.push(bad(seat.line, PERSON, broken(CompositionRule::NotOfServingFirm)));
            }
        }
        let candidates: Vec<_> = seats.iter().map(|seat| seat.new.candidate()).collect();
        match model::may_be_elected(self.group.kind, &candidates, first.elected_on, first.ends_on) {
            Ok(()) => Ok(()),
            Err(Broken { rule, candidate: Some(at) }) => Err(bad(seats.get(at).map_or(first, |seat| seat.line), CAPACITY, broken(rule))),
            Err(Broken { rule: rule @ (CompositionRule::TermLength | CompositionRule::BranchTerm), .. }) => {
                Err(bad(first, ENDS, broken(rule)))
            }
            // those that are missing may be the lines that were bad
            Err(Broken { rule, .. }) if self.on.whole => Err(bad(first, PERSON, broken(rule))),
            Err(_) => Ok(()),
        }
    }

    /// Whether the person works, within these days, for a firm while it serves the complex of an owners' committee.
    fn is_barred(&self, person: PersonId, days: (NaiveDate, NaiveDate)) -> bool {
        let (CommitteeKind::Owners, Some(complex)) = (self.group.kind, self.group.place.complex) else { return false };
        let contracts = self.on.firms.contracts.get(&complex).map_or(&[][..], Vec::as_slice);
        let posts = self.on.firms.posts.get(&person).map_or(&[][..], Vec::as_slice);
        contracts.iter().any(|contract| posts.iter().any(|post| model::meets(contract, post, days)))
    }
}
