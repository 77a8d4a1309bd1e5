//! nginx with the configuration of `deploy/nginx.conf`, in front of instances of a test.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::Duration,
};

use tempfile::TempDir;

use super::process::until;

/// On the path, or where Debian keeps it off it.
static PROGRAM: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    places.map(|dir| dir.join("nginx")).find(|file| file.is_file())
});

/// Whether the tests with nginx are left out, which is said once. With `CI=true` they fail instead.
pub fn skipped() -> bool {
    static SKIPPED: LazyLock<bool> = LazyLock::new(|| {
        let skipped = PROGRAM.is_none() && !std::env::var("CI").is_ok_and(|ci| ci == "true");
        if skipped {
            eprintln!("no nginx found (in PATH or /usr/sbin): its tests are ignored");
        }
        skipped
    });
    *SKIPPED
}

/// What stands around the published part: no daemon, nothing outside of the test's directory, and who answered is written down.
const AROUND: &str = "
daemon off;
master_process off;
pid nginx.pid;
events { worker_connections 256; }
http {
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    log_format instance '$http_authorization|$upstream_addr';
    access_log access.log instance;
    include chuishao.conf;
}
";

pub struct Nginx {
    child: Child,
    dir: TempDir,
    pub address: SocketAddr,
}

impl Nginx {
    /// In front of these two.
    pub fn start(instances: [SocketAddr; 2]) -> Self {
        let program = PROGRAM.as_deref().expect("no nginx found: neither in PATH nor in /usr/sbin");
        let dir = tempfile::tempdir().expect("a directory");
        // somebody may take the port in between
        (0..5)
            .find_map(|_| Self::listen(program, &dir, instances))
            .map(|(child, address)| Self { child, dir, address })
            .expect("nginx starts")
    }

    fn listen(program: &Path, dir: &TempDir, instances: [SocketAddr; 2]) -> Option<(Child, SocketAddr)> {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        let published = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/nginx.conf")).expect("deploy/nginx.conf");
        let mut config = published;
        for (from, to) in [("80;", address), ("127.0.0.1:8001 ", instances[0]), ("127.0.0.1:8002 ", instances[1])] {
            let (from, to) = match from.strip_suffix(' ') {
                Some(instance) => (format!("server {instance} "), format!("server {to} ")),
                None => (format!("listen {from}"), format!("listen {to};")),
            };
            assert_eq!(config.matches(&from).count(), 1, "{from}");
            config = config.replace(&from, &to);
        }
        fs::write(dir.path().join("chuishao.conf"), config).expect("written");
        fs::write(dir.path().join("nginx.conf"), AROUND).expect("written");
        let mut command = Command::new(program);
        command.arg("-p").arg(dir.path()).args(["-c", "nginx.conf", "-e", "error.log"]).stdin(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("nginx runs");
        let up = until(Duration::from_secs(10), || {
            if child.try_wait().expect("a child").is_some() {
                return Some(false);
            }
            TcpStream::connect(address).is_ok().then_some(true)
        });
        if up {
            return Some((child, address));
        }
        eprintln!("{}", fs::read_to_string(dir.path().join("error.log")).unwrap_or_default());
        None
    }

    /// Which instance answered requests with this token so far: each once.
    pub fn instances_of(&self, token: &str) -> Vec<SocketAddr> {
        let start = format!("Bearer {token}|");
        let lines = until(Duration::from_secs(5), || {
            let log = fs::read_to_string(self.dir.path().join("access.log")).unwrap_or_default();
            let found: Vec<String> = log.lines().filter_map(|line| line.strip_prefix(&start)).map(str::to_owned).collect();
            (!found.is_empty()).then_some(found)
        });
        // the last of those that were asked
        let mut found: Vec<SocketAddr> = lines.iter().filter_map(|line| line.rsplit(", ").next()?.parse().ok()).collect();
        found.sort();
        found.dedup();
        found
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(self.dir.path().join("error.log")).unwrap_or_default());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
