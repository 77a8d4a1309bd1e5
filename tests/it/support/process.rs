//! The real binary, run as a user runs it.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

/// The binary with this data directory and none of the environment's own settings.
pub fn chuishao(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chuishao"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CHUISHAO_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).env("CHUISHAO_DATA_DIR", data_dir).env("CHUISHAO_LISTEN", "127.0.0.1:0").env_remove("CHUISHAO_LOG");
    command
}

/// Runs it to its end.
pub fn finish(command: &mut Command) -> Output {
    command.output().expect("the binary runs")
}

/// It ended well; what it said.
#[track_caller]
pub fn succeeded(command: &mut Command) -> String {
    let output = finish(command);
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// It ended with this code and a sentence that contains these words, without a panic; what it said.
#[track_caller]
pub fn failed(command: &mut Command, code: i32, words: &[&str]) -> String {
    let output = finish(command);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in: {said}");
    }
    said
}

/// Asks again and again, until there is an answer.
#[track_caller]
pub fn until<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < patience, "nothing within {patience:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A running server; it is killed when the test ends early.
pub struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

impl Server {
    /// Waits until it says where it is.
    pub fn start(command: &mut Command) -> Self {
        Self::try_start(command).unwrap_or_else(|said| panic!("ended without an address:\n{said}"))
    }

    /// The same; what it said where it ends instead.
    pub fn try_start(command: &mut Command) -> Result<Self, String> {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let line = maybe_line_with(&mut output, "ws://").inspect_err(|_| drop(child.wait()))?;
        let address = line.split("ws://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
        let address = address.parse().expect("an address and a port");
        Ok(Self { child, output, address })
    }

    /// The token printed for a demonstration sign-in.
    pub fn token(&mut self, name: &str) -> String {
        line_with(&mut self.output, &format!("  {name} "));
        let line = line_with(&mut self.output, "authorization: Bearer ");
        line.trim().rsplit(' ').next().expect("a token").to_owned()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().expect("kill runs").success());
    }

    /// Ends it in order; what it said after its address.
    pub fn last_words(mut self) -> String {
        self.signal("TERM");
        let mut said = String::new();
        self.output.read_to_string(&mut said).expect("UTF-8");
        said
    }

    /// Whether it is still there.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// How it ended, and after how long.
    pub fn wait(mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        let status = until(Duration::from_secs(30), || self.child.try_wait().expect("a child"));
        (status, began.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // ended already, as a rule
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line_with(output: &mut impl BufRead, words: &str) -> String {
    maybe_line_with(output, words).unwrap_or_else(|said| panic!("ended without {words:?}:\n{said}"))
}

/// All that was said where it ends before.
fn maybe_line_with(output: &mut impl BufRead, words: &str) -> Result<String, String> {
    let mut said = String::new();
    loop {
        let from = said.len();
        if output.read_line(&mut said).expect("UTF-8") == 0 {
            return Err(said);
        }
        if said[from..].contains(words) {
            return Ok(said[from..].to_owned());
        }
    }
}
