//! The page at `/graphiql`: what is served, what it names and may do, its examples, and who is given a token. How it works in a browser is
//! for `graphiql/test/run` to say.

use std::{
    fs,
    io::Read,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use chuishao::{demo, person::service::maybe_by_sign_in};
use entity::{PersonId, Provenance, person};
use flate2::read::GzDecoder;
use reqwest::{
    Client, Method, Response, StatusCode,
    header::{HeaderName, HeaderValue},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    live::listen,
    process::{Server, chuishao},
    run::runtime,
};

crate::tests! {
    both: [
        every_file_of_the_page_is_served_as_the_browser_likes_it,
        the_page_names_no_other_host,
        the_policy_of_the_page_allows_its_own_files_only,
        the_menu_signs_in_as_invented_persons_only,
        the_menu_is_for_a_browser_on_the_machine_itself,
    ],
    bare: [every_example_runs_on_the_demonstration],
    pure: [the_page_is_switched_off_by_its_setting, an_open_address_has_no_menu],
}

/// Names of XML vocabularies: compared and passed on, never fetched.
const NAMESPACES: [&str; 4] = [
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1998/Math/MathML",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/XML/1998/namespace",
];

/// Asks with these headers; what comes is not unpacked.
async fn fetch(t: &TestApp, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = headers.iter().fold(t.http().request(method, t.url(path)), |request, (name, value)| request.header(*name, *value));
    request.send().await.expect("an answer")
}

async fn text(t: &TestApp, path: &str) -> String {
    let answer = fetch(t, Method::GET, path, &[]).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.text().await.expect("UTF-8")
}

/// The page, the files that it names, and the licences.
async fn files(t: &TestApp) -> Vec<String> {
    let html = text(t, "/graphiql").await;
    let named = html.split('"').filter(|part| part.starts_with('/')).map(str::to_owned);
    let files: Vec<_> = ["/graphiql", "/graphiql/LICENCES.txt"].map(str::to_owned).into_iter().chain(named).collect();
    assert_eq!(files.len(), 5, "{files:?}");
    files
}

fn header<'r>(answer: &'r Response, name: &str) -> &'r str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("ASCII"))
}

async fn every_file_of_the_page_is_served_as_the_browser_likes_it(t: TestApp) {
    for path in files(&t).await {
        let plain = fetch(&t, Method::GET, &path, &[]).await;
        let kind = match path.rsplit('.').next() {
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("svg") => "image/svg+xml",
            Some("txt") => "text/plain",
            _ => "text/html",
        };
        assert_eq!(header(&plain, "content-type"), format!("{kind}; charset=utf-8"));
        assert_eq!(header(&plain, "x-content-type-options"), "nosniff");
        assert_eq!(header(&plain, "vary"), "accept-encoding");
        let kept =
            if ["js", "css", "svg"].iter().any(|end| path.ends_with(end)) { "public, max-age=31536000, immutable" } else { "no-cache" };
        assert_eq!(header(&plain, "cache-control"), kept, "{path}");
        assert_eq!(header(&plain, "content-encoding"), "");
        let etag = header(&plain, "etag").to_owned();
        let plain = plain.bytes().await.expect("a body");

        let packed = fetch(&t, Method::GET, &path, &[("accept-encoding", "br;q=1.0, gzip;q=0.8")]).await;
        assert_eq!(header(&packed, "content-encoding"), "gzip");
        let packed = packed.bytes().await.expect("a body");
        let mut unpacked = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("gzip");
        assert!(unpacked == plain && packed.len() < plain.len(), "{path}");
        assert_eq!(&packed[4..8], [0; 4], "no time of the build in {path}");
        for refused in ["identity", "gzip;q=0", "br", "*;q=0"] {
            let answer = fetch(&t, Method::GET, &path, &[("accept-encoding", refused)]).await;
            assert_eq!(header(&answer, "content-encoding"), "", "{refused}");
        }

        let head = fetch(&t, Method::HEAD, &path, &[]).await;
        assert_eq!((head.status(), header(&head, "content-length")), (StatusCode::OK, plain.len().to_string().as_str()));
        assert!(head.bytes().await.expect("a body").is_empty());
        for (known, status) in [(etag.as_str(), 304), ("\"other\", *", 304), ("\"other\"", 200)] {
            let answer = fetch(&t, Method::GET, &path, &[("if-none-match", known)]).await;
            assert_eq!((answer.status().as_u16(), header(&answer, "etag")), (status, etag.as_str()), "{known}");
            assert_eq!(answer.bytes().await.expect("a body").is_empty(), status == 304);
        }
    }
    for nothing in ["/graphiql/page.js", "/graphiql/nothing", "/graphiql/..%2FCargo.toml"] {
        assert_eq!(fetch(&t, Method::GET, nothing, &[]).await.status(), StatusCode::NOT_FOUND, "{nothing}");
    }
}

/// Whatever looks like an address in a text: `scheme://host`, and `//host` where a quote, bracket or equals sign comes before.
fn addresses(text: &str) -> Vec<&str> {
    let starts = |at: usize| {
        let (before, after) = (&text[..at], &text[at + 2..]);
        let host = after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
        // a comment in what is left of a source begins like an address too, but not after these
        host && before.ends_with([':', '"', '\'', '`', '(', '='])
    };
    let begin = |at: usize| text[..at].trim_end_matches(':').rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |before| before + 1);
    let end = |at: usize| text[at..].find(['"', '\'', '`', ')', ' ', '<', '\\', '\n']).map_or(text.len(), |length| at + length);
    text.match_indices("//").filter(|(at, _)| starts(*at)).map(|(at, _)| &text[begin(at).min(at)..end(at)]).collect()
}

async fn the_page_names_no_other_host(t: TestApp) {
    let bait = r#"a="//cdn.example/x";b='https://cdn.example/y';url(http://[::1]/z) // a comment; /a//b; "http://"+c; ws://d"#;
    assert_eq!(addresses(bait), ["//cdn.example/x", "https://cdn.example/y", "http://[::1]/z", "ws://d"]);
    for path in files(&t).await.iter().filter(|path| !path.ends_with(".txt")) {
        let text = text(&t, path).await;
        let mut named = addresses(&text);
        named.retain(|address| !NAMESPACES.contains(address));
        assert!(named.is_empty(), "{path} names {named:?}");
        assert!(!text.contains("sourceMappingURL"), "{path} names its source");
    }
}

async fn the_policy_of_the_page_allows_its_own_files_only(t: TestApp) {
    for path in files(&t).await {
        let answer = fetch(&t, Method::GET, &path, &[]).await;
        let mut policy: Vec<&str> = header(&answer, "content-security-policy").split("; ").collect();
        policy.sort_unstable();
        let allowed = [
            "base-uri 'none'",
            "connect-src 'self'",
            "default-src 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "img-src 'self' data:",
            "script-src 'self'",
            "style-src 'self'",
        ];
        assert_eq!(policy, allowed, "{path}");
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
    }
    let html = text(&t, "/graphiql").await;
    assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" on"), "{html}");
    let scripts: Vec<&str> =
        html.match_indices("<script").map(|(at, _)| &html[at..at + html[at..].find("</script>").expect("an end")]).collect();
    assert!(scripts.iter().all(|script| script.contains(" src=") && script.ends_with('>')), "{scripts:?}");
}

async fn names(t: &TestApp, headers: &[(&str, &str)]) -> Vec<String> {
    let answer = fetch(t, Method::GET, "/graphiql/sign-ins", headers).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let list: Vec<Value> = answer.json().await.expect("JSON");
    list.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

async fn sign_in(t: &TestApp, name: &str, headers: &[(&str, &str)]) -> Response {
    let request = t.http().post(t.url("/graphiql/sign-in")).json(&json!({ "name": name }));
    let mut request = request.build().expect("a request");
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a name");
        request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a value"));
    }
    t.http().execute(request).await.expect("an answer")
}

async fn name_person(t: &TestApp, id: PersonId, name: &str, provenance: Provenance) {
    let person =
        person::ActiveModel { id: Set(id), sign_in: Set(Some(name.to_owned())), provenance: Set(provenance), ..Default::default() };
    let tx = t.app.db.begin().await.expect("begun");
    person.update(&tx).await.expect("updated");
    tx.commit().await.expect("committed");
}

async fn the_menu_signs_in_as_invented_persons_only(t: TestApp) {
    assert_eq!(names(&t, &[]).await, [""; 0]);
    name_person(&t, t.world().grid_worker, "grid-worker", Provenance::Invented).await;
    // somebody real whose name happens to be one of the demonstration's, and somebody invented whose name is not
    name_person(&t, t.world().community, "community", Provenance::Recorded).await;
    name_person(&t, t.world().nobody, "somebody", Provenance::Invented).await;
    assert_eq!(names(&t, &[]).await, ["grid-worker"]);
    for name in ["community", "somebody", "admin", ""] {
        assert_eq!(sign_in(&t, name, &[]).await.status(), StatusCode::NOT_FOUND, "{name}");
    }
    let answer = sign_in(&t, "grid-worker", &[]).await;
    assert_eq!((answer.status(), header(&answer, "cache-control")), (StatusCode::OK, "no-store"));
    let answer: Value = answer.json().await.expect("JSON");
    let viewer = "{ viewer { person { id } } }";
    let by_menu = t.gql(answer["token"].as_str(), viewer, Value::Null).await;
    assert_eq!(by_menu.data(), t.ask(Some(t.world().grid_worker), viewer).await.data());
    t.advance(chrono::Duration::days(1));
    t.gql(answer["token"].as_str(), viewer, Value::Null).await.assert_code("UNAUTHENTICATED");
}

async fn the_menu_is_for_a_browser_on_the_machine_itself(t: TestApp) {
    name_person(&t, t.world().grid_worker, "grid-worker", Provenance::Invented).await;
    let port = t.address.port();
    let (local, six) = (format!("LocalHost:{port}"), format!("[::1]:{port}"));
    for headers in [("host", local.as_str()), ("host", &six), ("sec-fetch-site", "same-origin")] {
        assert_eq!(names(&t, &[headers]).await, ["grid-worker"], "{headers:?}");
        assert_eq!(sign_in(&t, "grid-worker", &[headers]).await.status(), StatusCode::OK, "{headers:?}");
    }
    let elsewhere = [
        // a name of another site that was made to lead here, and what only looks like this machine
        ("host", "rebound.example"),
        ("host", "localhost.example:8000"),
        ("host", "127.0.0.1.example"),
        ("host", "192.168.0.1"),
        ("host", ""),
        // a page of another site, or one of another port of this machine
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        // a proxy
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-host", "chuishao.example"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "192.0.2.1"),
        ("forwarded", "for=192.0.2.1"),
        ("via", "1.1 proxy"),
    ];
    for headers in elsewhere {
        assert_eq!(names(&t, &[headers]).await, [""; 0], "{headers:?}");
        let answer = sign_in(&t, "grid-worker", &[headers]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{headers:?}");
        assert!(!answer.text().await.expect("a body").contains("ey"), "{headers:?}");
    }
    // what a form of another site can send
    let form = t.http().post(t.url("/graphiql/sign-in")).header("content-type", "text/plain").body(r#"{"name": "grid-worker"}"#);
    assert_eq!(form.send().await.expect("an answer").status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

/// A tab of the page: its document and its variables.
struct Example {
    file: PathBuf,
    document: String,
    variables: Value,
}

fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("graphiql/examples");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let documents = files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "graphql"));
    let example = |file: PathBuf| {
        let document = fs::read_to_string(&file).expect("UTF-8");
        let variables = fs::read_to_string(file.with_extension("variables.json")).map_or(json!({}), |text| text.parse().expect("JSON"));
        Example { file, document, variables }
    };
    documents.map(example).collect()
}

/// As the page first shows them: to the community officer.
async fn every_example_runs_on_the_demonstration(t: TestApp) {
    demo::load(&t.app.db, &t.app.clock, |_, _| ()).await.expect("loaded");
    let officer = maybe_by_sign_in(&t.app, "community").await.expect("read").expect("an officer").id;
    let page = files(&t).await.into_iter().find(|path| path.ends_with(".js")).expect("a script");
    let page = text(&t, &page).await;
    let mut socket = t.ws(Some(&t.token(officer))).await;
    let (streams, others): (Vec<_>, Vec<_>) = examples().into_iter().partition(|example| example.document.contains("\nsubscription "));
    let mut listening = Vec::new();
    for Example { document, variables, .. } in &streams {
        listening.push(listen(&t, &mut socket, document, variables.clone()).await);
    }
    let mut reported = Value::Null;
    for Example { file, document, variables } in &others {
        let answer = t.ask_with(Some(officer), document, variables.clone()).await;
        if document.contains("\nmutation ") {
            reported = answer.done("reportCase")["case"]["number"].clone();
        } else {
            assert!(!answer.data().to_string().contains(r#""totalCount":0"#), "{} shows nothing: {}", file.display(), answer.json);
        }
    }
    for id in listening {
        assert_eq!(socket.next(&id).await["caseChanged"]["case"]["number"], reported);
    }
    assert!(!streams.is_empty() && others.len() >= 3 && reported.is_string());
    for Example { file, document, .. } in streams.iter().chain(&others) {
        let operation = document.lines().find(|line| !line.starts_with('#')).expect("an operation");
        assert!(page.contains(operation), "the page is not built with {}: {operation}", file.display());
        for language in ["# en ", "# zh "] {
            let comment = document.lines().find_map(|line| line.strip_prefix(language)).unwrap_or_default();
            assert!(!comment.is_empty() && page.contains(comment), "{} says nothing in {language}", file.display());
        }
    }
}

fn ask(address: SocketAddr, method: Method, path: &str) -> (StatusCode, String) {
    runtime().expect("a runtime").block_on(async {
        let request = Client::builder().no_proxy().build().expect("a client").request(method, format!("http://{address}{path}"));
        let answer = request.json(&json!({ "name": "community" })).send().await.expect("an answer");
        (answer.status(), answer.text().await.expect("a body"))
    })
}

fn the_page_is_switched_off_by_its_setting() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Server::start(chuishao(data.path(), &["--demo", "false"]).env("CHUISHAO_GRAPHIQL", "false"));
    for (method, path) in [(Method::GET, "/graphiql"), (Method::GET, "/graphiql/sign-ins"), (Method::POST, "/graphiql/sign-in")] {
        assert_eq!(ask(server.address, method, path).0, StatusCode::NOT_FOUND, "{path}");
    }
}

/// Others than those on the machine reach it there; and without the demonstration there is nobody to sign in as.
fn an_open_address_has_no_menu() {
    for settings in [["--demo", "true", "--listen", "0.0.0.0:0"], ["--demo", "false", "--listen", "127.0.0.1:0"]] {
        let data = tempfile::tempdir().expect("a directory");
        let server = Server::start(&mut chuishao(data.path(), &settings));
        let address = SocketAddr::from(([127, 0, 0, 1], server.address.port()));
        assert_eq!(ask(address, Method::GET, "/graphiql").0, StatusCode::OK);
        assert_eq!(ask(address, Method::GET, "/graphiql/sign-ins"), (StatusCode::OK, "[]".to_owned()));
        assert!(!ask(address, Method::POST, "/graphiql/sign-in").0.is_success(), "{settings:?}");
    }
}
