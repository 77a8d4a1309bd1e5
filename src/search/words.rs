//! How a text becomes words, and what somebody looks for becomes the words to look for. The same rules for both, without I/O.
//!
//! Texts are brought into one form first (NFKC, lower case). Traditional and simplified characters stay what they are.

use entity::SearchType;
use pinyin::ToPinyin;
use unicode_normalization::UnicodeNormalization;

/// Letters of a word at most; the rest is left out on both sides.
const LONGEST_WORD: usize = 64;
/// Initials that are kept of a name from each of its characters on, and spellings of these, where characters are read in several ways.
const INITIALS: usize = 8;
const SPELLINGS: usize = 4;
/// What is read in several ways in names of places and people. Dictionaries know many more ways, which nobody would type.
const READINGS: &[(char, &[char])] = &[
    ('长', &['c', 'z']),
    ('乐', &['l', 'y']),
    ('重', &['c', 'z']),
    ('单', &['s', 'd']),
    ('曾', &['z', 'c']),
    ('朝', &['c', 'z']),
    ('行', &['x', 'h']),
    ('解', &['x', 'j']),
    ('仇', &['q', 'c']),
    ('查', &['c', 'z']),
    ('翟', &['z', 'd']),
    ('藏', &['c', 'z']),
    ('降', &['j', 'x']),
    ('厦', &['s', 'x']),
    ('沈', &['s', 'c']),
    ('尉', &['w', 'y']),
    ('覃', &['q', 't']),
    ('盛', &['s', 'c']),
    ('召', &['z', 's']),
];

/// The words of records of one type, told apart from those of all others by a letter before each: what is everywhere among cases costs a search of
/// complexes nothing.
pub fn of_type(kind: SearchType, words: &str) -> String {
    let letter = match kind {
        SearchType::Complex => " x",
        SearchType::PropertyFirm => " f",
        SearchType::Person => " p",
        SearchType::Case => " c",
    };
    words.replace(' ', letter)
}

/// The words of a record, each with a blank before it.
#[derive(Debug, Default)]
pub struct Terms(String);

impl Terms {
    /// A text: its words in their order.
    pub fn text(&mut self, text: &str) {
        let text = normal(text);
        for run in runs(&text) {
            run.pieces(true).for_each(|piece| self.push(piece));
        }
        for number in hyphenated(&text) {
            self.number(number);
        }
    }

    /// A name or a title: a text, and the initials of its pinyin (新月苑: xyy, yy, y).
    pub fn name(&mut self, text: &str) {
        self.text(text);
        self.initials(text);
    }

    pub fn into_string(self) -> String {
        self.0
    }

    fn push(&mut self, word: &str) {
        self.0.push(' ');
        self.0.push_str(word);
    }

    /// `431302-2026-000155` is found as a whole, from any of its parts on, and by the last without its zeros.
    fn number(&mut self, number: &str) {
        let mut rest = Some(number);
        while let Some(from_here) = rest {
            let mut joined = from_here.replace('-', "");
            joined.truncate(LONGEST_WORD);
            self.push(&joined);
            rest = from_here.split_once('-').map(|(_, rest)| rest);
        }
        let last = number.rsplit('-').next().unwrap_or_default();
        let bare = last.trim_start_matches('0');
        if bare.len() < last.len() && !bare.is_empty() {
            self.push(bare);
        }
    }

    fn initials(&mut self, text: &str) {
        let text = normal(text);
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            let characters: Vec<char> = word.chars().collect();
            let letters: Vec<Vec<char>> = characters.iter().map(|c| letters_of(*c)).collect();
            for (at, _) in characters.iter().enumerate().filter(|(_, c)| is_cjk(**c)) {
                spelled(&letters[at..]).iter().filter(|word| !word.is_empty()).for_each(|word| self.push(word));
            }
        }
    }
}

/// What is looked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The words that must all be there; one with a `*` is the beginning of a word.
    pub lookup: String,
    /// For each part between blanks, how its words stand.
    pub patterns: Vec<String>,
}

pub fn wanted(text: &str) -> Wanted {
    let mut text = normal(text);
    let numbers: Vec<String> = hyphenated(&text).map(String::from).collect();
    for number in numbers {
        text = text.replace(&number, &number.replace('-', ""));
    }
    let mut found = Wanted::default();
    let mut lookup: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let runs: Vec<Run<'_>> = runs(word).collect();
        let last = runs.len().saturating_sub(1);
        let pieces: Vec<&str> = runs.iter().enumerate().flat_map(|(at, run)| run.pieces(at < last)).collect();
        // a pair is a whole word of the index, anything else may go on
        let open = runs.last().is_some_and(|run| !run.cjk || run.text.chars().nth(1).is_none());
        found.patterns.push(format!("% {}%", pieces.join(" ")));
        for (at, piece) in pieces.iter().enumerate() {
            let term = if open && at + 1 == pieces.len() { format!("{piece}*") } else { (*piece).to_owned() };
            if !lookup.contains(&term) {
                lookup.push(term);
            }
        }
    }
    found.lookup = lookup.join(" ");
    found
}

/// Neighbours of one script: Chinese (and what is written like it), or letters and digits.
struct Run<'t> {
    text: &'t str,
    cjk: bool,
}

impl<'t> Run<'t> {
    /// Pairs, and the last character alone where the run is at its end; a word as it is.
    fn pieces(&self, ended: bool) -> impl Iterator<Item = &'t str> + use<'t> {
        let text = self.text;
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let characters = starts.len() - 1;
        let pieces: Vec<&str> = if !self.cjk {
            vec![&text[..starts[characters.min(LONGEST_WORD)]]]
        } else {
            let alone = (ended || characters == 1).then(|| &text[starts[characters - 1]..]);
            starts.windows(3).map(|three| &text[three[0]..three[2]]).chain(alone).collect()
        };
        pieces.into_iter()
    }
}

fn runs(text: &str) -> impl Iterator<Item = Run<'_>> {
    text.split(|c: char| !c.is_alphanumeric()).flat_map(|word| {
        let mut runs = Vec::new();
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let cjk = is_cjk(first);
            let end = rest.find(|c| is_cjk(c) != cjk).unwrap_or(rest.len());
            runs.push(Run { text: &rest[..end], cjk });
            rest = &rest[end..];
        }
        runs
    })
}

fn normal(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// Written without blanks between words: Chinese characters, kana, hangul.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3100}'..='\u{312f}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Groups of digits that hyphens join.
fn hyphenated(text: &str) -> impl Iterator<Item = &str> {
    let groups = text.split(|c: char| !c.is_ascii_digit() && c != '-').map(|group| group.trim_matches('-'));
    groups.filter(|group| group.contains('-') && !group.contains("--"))
}

/// The letters that a character may stand for among initials.
fn letters_of(c: char) -> Vec<char> {
    if c.is_ascii_alphanumeric() {
        return vec![c];
    }
    if let Some((_, letters)) = READINGS.iter().find(|(character, _)| *character == c) {
        return letters.to_vec();
    }
    let letter = c.to_pinyin().and_then(|pinyin| pinyin.first_letter().chars().next());
    letter.filter(char::is_ascii_lowercase).into_iter().collect()
}

/// The spellings of these, at most so many; it ends at what has none.
fn spelled(letters: &[Vec<char>]) -> Vec<String> {
    let mut words = vec![String::new()];
    for letters in letters.iter().take(INITIALS).take_while(|letters| !letters.is_empty()) {
        let longer = letters.iter().flat_map(|letter| words.iter().map(move |word| format!("{word}{letter}")));
        words = longer.take(SPELLINGS).collect();
    }
    words
}
