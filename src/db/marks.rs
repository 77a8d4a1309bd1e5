//! Whose reads have to wait for the replica: the bookkeeping, without any waiting of its own.

use std::collections::HashMap;

use entity::PersonId;
use tokio::sync::oneshot;

/// A place in the primary's write-ahead log, in bytes.
pub(super) type Position = u64;

/// Persons with a mark at most; further ones turn into one mark for everyone.
const MOST_PERSONS: usize = 10_000;

/// How far the replica must have come.
#[derive(Clone, Copy)]
enum Until {
    /// Where the primary stands in a later round than this; not asked yet.
    After(u64),
    At(Position),
}

impl Until {
    fn met(self, replayed: Position) -> bool {
        matches!(self, Self::At(position) if position <= replayed)
    }

    fn place(&mut self, round: u64, position: Position) {
        if matches!(self, Self::After(earlier) if *earlier < round) {
            *self = Self::At(position);
        }
    }
}

struct Mark {
    /// Writes that have begun and not ended.
    writing: u32,
    until: Until,
}

#[derive(Default)]
pub(super) struct Marks {
    /// Whether the replica is read from at all.
    serving: bool,
    /// Counts the times that the primary was asked where it stands.
    round: u64,
    everyone: Option<Until>,
    persons: HashMap<PersonId, Mark>,
    waiting: Vec<(Until, oneshot::Sender<()>)>,
}

impl Marks {
    pub fn serving(&self) -> bool {
        self.serving
    }

    /// Whether the replica has all that this person has written.
    pub fn has_all_of(&self, person: Option<PersonId>) -> bool {
        self.serving && self.everyone.is_none() && person.is_none_or(|person| !self.persons.contains_key(&person))
    }

    pub fn write_begins(&mut self, person: PersonId) {
        if self.persons.len() >= MOST_PERSONS && !self.persons.contains_key(&person) {
            self.persons.retain(|_, mark| mark.writing > 0);
            self.everyone = Some(Until::After(self.round));
        }
        self.persons.entry(person).or_insert(Mark { writing: 0, until: Until::After(0) }).writing += 1;
    }

    pub fn write_ends(&mut self, person: PersonId) {
        let Some(mark) = self.persons.get_mut(&person) else { return };
        mark.writing -= 1;
        mark.until = Until::After(self.round);
        // a replica that comes back must have all that was written meanwhile
        if mark.writing == 0 && !self.serving {
            self.persons.remove(&person);
        }
    }

    /// Ready when the replica has what the primary has by now, or is given up on.
    pub fn wait(&mut self) -> oneshot::Receiver<()> {
        let (caught_up, ready) = oneshot::channel();
        if self.serving {
            self.waiting.push((Until::After(self.round), caught_up));
        }
        ready
    }

    /// All that waits, persons who are writing aside.
    fn all(&mut self) -> impl Iterator<Item = &mut Until> {
        let persons = self.persons.values_mut().filter(|mark| mark.writing == 0).map(|mark| &mut mark.until);
        self.everyone.iter_mut().chain(persons).chain(self.waiting.iter_mut().map(|(until, _)| until))
    }

    /// Whether the replica is read from, and whether anything waits for it.
    pub fn now(&mut self) -> (bool, bool) {
        (self.serving, self.all().next().is_some())
    }

    /// The round to ask the primary in, where anybody needs to know.
    pub fn next_round(&mut self) -> Option<u64> {
        let asked = self.all().any(|until| matches!(until, Until::After(_)));
        asked.then(|| {
            self.round += 1;
            self.round
        })
    }

    /// What the primary said in that round: what was committed before it was asked lies before its position.
    pub fn place(&mut self, round: u64, position: Position) {
        self.all().for_each(|until| until.place(round, position));
    }

    pub fn replayed(&mut self, position: Position) {
        self.persons.retain(|_, mark| mark.writing > 0 || !mark.until.met(position));
        self.everyone = self.everyone.filter(|until| !until.met(position));
        for (_, caught_up) in self.waiting.extract_if(.., |(until, _)| until.met(position)) {
            // whoever waited may have gone
            let _ = caught_up.send(());
        }
    }

    /// The log is read from the replica from now on; persons read there once it has what the log may have told them before.
    pub fn serve(&mut self) {
        self.serving = true;
        self.everyone = Some(Until::After(self.round));
    }

    pub fn give_up(&mut self) {
        self.serving = false;
        self.everyone = None;
        self.persons.retain(|_, mark| mark.writing > 0);
        self.waiting.clear();
    }
}
