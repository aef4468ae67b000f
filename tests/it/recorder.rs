//! A proxy in front of Keystone that writes down what it is asked.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// Everything sent to [`Recorder::url`] goes on to Keystone.
pub(crate) struct Recorder {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method and path.
    pub(crate) line: String,
    pub(crate) body: String,
}

impl Recorder {
    /// Listens until the test binary ends.
    pub(crate) fn start(keystone: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::default());
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                // A client that goes away in the middle is its own affair.
                std::thread::spawn(move || drop(pass_on(client, keystone, &kept)));
            }
        });
        Self { port, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The requests for a token.
    pub(crate) fn logins(&self) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.line.starts_with("POST "));
        requests
    }
}

/// One request per connection, which is told to both sides.
fn pass_on(mut client: TcpStream, keystone: u16, kept: &Mutex<Vec<Request>>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    let mut length = 0;
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let lower = line.to_lowercase();
        if let Some(text) = lower.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap_or(0);
        }
        if line == "\r\n" {
            head.push_str("Connection: close\r\n");
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    let request = Request { line, body: String::from_utf8_lossy(&body).into_owned() };
    kept.lock().unwrap_or_else(PoisonError::into_inner).push(request);

    let mut server = TcpStream::connect(("127.0.0.1", keystone))?;
    server.write_all(head.as_bytes())?;
    server.write_all(&body)?;
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Both)
}
