//! A stand-in for Keystone that knows some users and their roles. It is for
//! texts and exit codes; what Keystone really does is asked of the real one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use serde_json::{Value, json};

/// Users by name, with their roles in the project `service`. Every password is
/// right; a user who is not there is refused. A role `password-days:N` is none: the
/// user's password expires after so many days. `Date:` is the header of that name.
pub(crate) type Users = BTreeMap<String, Vec<String>>;

/// A listening stand-in; it ends with the test.
pub(crate) struct Stub {
    pub(crate) url: String,
}

impl Stub {
    pub(crate) fn start(users: Users) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let world = Arc::new((users, url.clone()));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, world) = (stream.unwrap(), Arc::clone(&world));
                std::thread::spawn(move || serve(stream, &world.0, &world.1));
            }
        });
        Self { url }
    }
}

struct Request {
    line: String,
    headers: BTreeMap<String, String>,
    body: Value,
}

fn serve(stream: TcpStream, users: &Users, url: &str) -> Option<()> {
    let request = read(&mut BufReader::new(stream.try_clone().ok()?))?;
    let (status, body, token) = match request.line.rsplit_once(' ')?.0 {
        "POST /v3/auth/tokens" => login(&request.body, users, url),
        "GET /v3/auth/tokens" => validation(&request.headers, users),
        line if line.starts_with("GET /volume/") => volumes(&request.headers, users),
        _ => refusal(404, "The resource could not be found."),
    };
    let (mut stream, body) = (stream, body.to_string());
    // What no user can be called is a header of every answer.
    let headers: String = users
        .iter()
        .filter(|(name, _)| name.ends_with(':'))
        .map(|(name, value)| format!("{name} {}\r\n", value.concat()))
        .collect();
    write!(
        stream,
        "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nX-Subject-Token: {token}\r\n{headers}\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Request { line: line.trim().to_owned(), headers, body })
}

type Answer = (u16, Value, String);

fn refusal(code: u16, message: &str) -> Answer {
    (code, json!({"error": {"code": code, "message": message}}), String::new())
}

/// The token of a user is the user's name.
fn login(body: &Value, users: &Users, url: &str) -> Answer {
    let name = body["auth"]["identity"]["password"]["user"]["name"].as_str().unwrap_or_default();
    let Some(roles) = users.get(name) else {
        return refusal(401, "The request you have made requires authentication.");
    };
    let days = roles.iter().find_map(|role| role.strip_prefix("password-days:"));
    let roles = roles.iter().filter(|role| !role.contains(':'));
    let roles: Vec<Value> = roles.map(|role| json!({"name": role})).collect();
    let mut token = json!({
        "user": {"id": name, "name": name, "domain": {"name": "Default"}},
        "expires_at": "2030-01-01T00:00:00.000000Z",
    });
    if let Some(days) = days {
        let end =
            jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days.parse::<i64>().unwrap() + 1);
        token["user"]["password_expires_at"] = json!(end.strftime("%Y-%m-%dT%H:%M:%S.000000").to_string());
    }
    if !body["auth"]["scope"].is_null() {
        token["project"] = json!({"name": "service", "domain": {"name": "Default"}});
        token["roles"] = json!(roles);
        token["catalog"] = json!([{"type": "identity", "endpoints": [
            {"interface": "internal", "region_id": "RegionOne", "url": format!("{url}/v3")},
        ]}]);
    }
    (201, json!({"token": token}), name.to_owned())
}

/// A cinder that is running, which rejects service tokens if `Volume:` says so.
fn volumes(headers: &BTreeMap<String, String>, users: &Users) -> Answer {
    if users.contains_key("Volume:") && headers.contains_key("x-service-token") {
        return refusal(401, "The request you have made requires authentication.");
    }
    (200, json!({"volume_types": []}), String::new())
}

/// Users with one of two roles may look at another's token.
fn validation(headers: &BTreeMap<String, String>, users: &Users) -> Answer {
    let roles = headers.get("x-auth-token").and_then(|token| users.get(token));
    if roles.is_some_and(|roles| roles.iter().any(|role| role == "service" || role == "admin")) {
        (200, json!({"token": {}}), String::new())
    } else {
        refusal(403, "You are not authorized to perform the requested action: identity:validate_token.")
    }
}
