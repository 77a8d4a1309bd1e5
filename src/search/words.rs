//! How a text becomes words, and what somebody looks for becomes the words to look for. The same rules for both, without I/O.
//!
//! Texts are brought into one form first (NFKC, lower case). Traditional and simplified characters stay what they are.

use entity::SearchType;
use pinyin::ToPinyin;
use unicode_normalization::UnicodeNormalization;

/// Letters of a word at most; the rest is left out on both sides.
const LONGEST_WORD: usize = 64;
/// Initials that are kept from each character on: of a title so many, of a name as many as somebody types who types all of it.
const IN_TITLE: usize = 8;
const IN_NAME: usize = 24;
/// Spellings of these, where characters are read in several ways.
const SPELLINGS: usize = 8;

/// Initials that are kept of records of one type.
pub fn initials_of(kind: SearchType) -> usize {
    match kind {
        SearchType::Complex | SearchType::PropertyFirm | SearchType::Person => IN_NAME,
        SearchType::Case => IN_TITLE,
    }
}

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

    /// A title: a text, and the initials of its pinyin (新月苑: xyy, yy, y).
    pub fn title(&mut self, text: &str) {
        self.text(text);
        let text = normal(text);
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            self.initials(word, false);
        }
    }

    /// A name: a text, also without the brackets, dots and blanks that others leave out (碧桂园·翡翠湾), and initials from one end to the other.
    pub fn name(&mut self, text: &str) {
        self.text(text);
        let text = normal(text);
        let whole: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        if whole.len() < text.len() {
            self.text(&whole);
        }
        self.initials(&whole, true);
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

    /// From each Chinese character on; in a name also from the letters and digits before one (A区: aq).
    fn initials(&mut self, word: &str, is_name: bool) {
        let characters: Vec<char> = word.chars().collect();
        let mut letters: Vec<Vec<char>> = characters.iter().map(|c| letters_of(*c)).collect();
        let surname = characters.first().filter(|_| is_name).and_then(|c| as_surname(*c));
        letters.iter_mut().take(1).for_each(|first| first.extend(surname));
        let begins = |at: usize| is_cjk(characters[at]) || (is_name && (at == 0 || is_cjk(characters[at - 1])));
        let most = if is_name { IN_NAME } else { IN_TITLE };
        for at in (0..characters.len()).filter(|at| begins(*at)) {
            spelled(&letters[at..], most).iter().filter(|word| !word.is_empty()).for_each(|word| self.push(word));
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

/// `initials`: so many are kept; letters beyond them would find nothing.
pub fn wanted(text: &str, initials: usize) -> Wanted {
    let text = normal(text);
    let mut found = Wanted::default();
    let mut lookup: Vec<String> = Vec::new();
    for part in parts(&text) {
        let mut word = part.to_owned();
        // a number alone is looked for as a whole, beside other characters by its groups, as they stand
        if part.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) {
            word.retain(|c| c != '-');
        }
        if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            word.truncate(initials);
        }
        let runs: Vec<Run<'_>> = runs(&word).collect();
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

/// What stands between blanks and the like. A hyphen between digits parts nothing: `3-1-502室` is one.
fn parts(text: &str) -> Vec<&str> {
    let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let (mut parts, mut begin) = (Vec::new(), 0);
    for (at, gap) in text.match_indices(|c: char| !c.is_alphanumeric()) {
        let joins = gap == "-" && at > 0 && digit(at - 1) && digit(at + 1);
        if !joins {
            parts.push(&text[begin..at]);
            begin = at + gap.len();
        }
    }
    parts.push(&text[begin..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Groups of digits that hyphens join.
fn hyphenated(text: &str) -> impl Iterator<Item = &str> {
    let groups = parts(text).into_iter().flat_map(|part| part.split(|c: char| !c.is_ascii_digit() && c != '-'));
    groups.filter(|group| group.contains('-'))
}

/// The letters that a character may stand for among initials.
fn letters_of(c: char) -> Vec<char> {
    if c.is_ascii_alphanumeric() {
        return vec![c];
    }
    if let Some(letters) = readings(c) {
        return letters.chars().collect();
    }
    let letter = c.to_pinyin().and_then(|pinyin| pinyin.first_letter().chars().next());
    letter.filter(char::is_ascii_lowercase).into_iter().collect()
}

/// What is read in several ways in names of places and people and in what residents report. Dictionaries know many more ways, which nobody would
/// type; what stands everywhere (小区, 业委会, 停车) has one, as each more doubles the words.
fn readings(c: char) -> Option<&'static str> {
    Some(match c {
        '阿' => "ae",
        '堡' | '泊' | '埔' | '曝' | '陂' => "bp",
        '仇' => "cq",
        '藏' | '曾' | '查' | '长' | '朝' | '重' | '枞' => "cz",
        '坻' => "dc",
        '单' => "ds",
        '弹' | '调' | '町' | '囤' => "dt",
        '翟' => "dz",
        '番' => "fp",
        '给' => "gj",
        '涡' => "gw",
        '浒' => "hx",
        '犍' => "jq",
        '降' | '解' | '浚' | '校' => "jx",
        '筠' => "jy",
        '咀' => "jz",
        '阚' => "kh",
        '漯' => "lt",
        '弄' => "ln",
        '乐' => "ly",
        '泌' => "mb",
        '覃' => "qt",
        '铅' => "qy",
        '晟' | '沈' | '盛' => "sc",
        '厦' | '莘' => "sx",
        '召' => "sz",
        '圩' => "wx",
        '尉' | '蔚' => "wy",
        '行' => "xh",
        '荥' | '窨' => "xy",
        '涌' => "yc",
        _ => return None,
    })
}

/// How a character is read besides where a name begins with it.
fn as_surname(c: char) -> Option<char> {
    match c {
        '种' => Some('c'),
        '粘' => Some('n'),
        '区' => Some('o'),
        '繁' => Some('p'),
        '谌' | '折' => Some('s'),
        '隗' => Some('w'),
        _ => None,
    }
}

/// The spellings of these, at most so many; it ends at what has none.
fn spelled(letters: &[Vec<char>], most: usize) -> Vec<String> {
    let mut words = vec![String::new()];
    for letters in letters.iter().take(most).take_while(|letters| !letters.is_empty()) {
        let longer = letters.iter().flat_map(|letter| words.iter().map(move |word| format!("{word}{letter}")));
        words = longer.take(SPELLINGS).collect();
    }
    words
}
