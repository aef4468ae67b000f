//! A server on 127.0.0.1 whose every byte a test decides, with TLS or without.
//!
//! It ends with its value. What the bytes mean is the caller's business.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// One request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// One connection.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    stop: Arc<AtomicBool>,
    log: Log,
    /// A request that was read and is to be read once more.
    again: Option<Request>,
}

/// The requests of a server, without their bodies.
type Log = Arc<Mutex<Vec<Request>>>;

impl Connection {
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())?;
        self.stream.flush()
    }

    /// Whatever comes first, so that nothing is left unread.
    pub(crate) fn read_some(&mut self) -> io::Result<()> {
        self.stream.read(&mut [0; 65536]).map(drop)
    }

    /// Lets the next to read have this request.
    pub(crate) fn unread(&mut self, request: Request) {
        self.again = Some(request);
    }

    /// The request's head, byte by byte, so that nothing behind it is taken.
    pub(crate) fn read_head(&mut self) -> io::Result<Request> {
        if let Some(request) = self.again.take() {
            return Ok(request);
        }
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            self.stream.read_exact(&mut byte)?;
            head.push(byte[0]);
            if head == [0x16] {
                // A TLS handshake, of which no line would ever end.
                self.write("HTTP/1.1 400 Bad Request\r\n\r\n")?;
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        let mut lines = text.lines();
        let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let request = Request { method, target, headers, body: Vec::new() };
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        Ok(request)
    }

    /// The whole request.
    pub(crate) fn read_request(&mut self) -> io::Result<Request> {
        if let Some(request) = self.again.take() {
            return Ok(request);
        }
        let mut request = self.read_head()?;
        let length = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        request.body = vec![0; length];
        self.stream.read_exact(&mut request.body)?;
        Ok(request)
    }

    /// Waits; false once the server is to end.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let mut left = time;
        while !self.stop.load(Ordering::Relaxed) && !left.is_zero() {
            let step = left.min(Duration::from_millis(20));
            thread::sleep(step);
            left -= step;
        }
        !self.stop.load(Ordering::Relaxed)
    }

    /// Says nothing for as long as the server lives.
    pub(crate) fn hold(&self) {
        while self.wait(Duration::from_secs(1)) {}
    }
}

/// The server.
pub(crate) struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    log: Log,
}

impl Server {
    /// Hands every connection to `serve`, each in a thread of its own. With TLS
    /// the handshake is made first; `serve` does not see a connection whose
    /// handshake fails.
    pub(crate) fn start(
        tls: Option<Arc<ServerConfig>>,
        serve: impl Fn(&mut Connection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self::on(listener, tls, serve)
    }

    pub(crate) fn on(
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        serve: impl Fn(&mut Connection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let log = Log::default();
        let server = Self { address, stop: Arc::clone(&stop), log: Arc::clone(&log) };
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (tls, serve) = (tls.clone(), Arc::clone(&serve));
                let (stop, log) = (Arc::clone(&stop), Arc::clone(&log));
                // What goes wrong with a connection is seen by the client.
                thread::spawn(move || {
                    open(stream, tls)
                        .and_then(|stream| serve(&mut Connection { stream, stop, log, again: None }))
                });
            }
        });
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its address for plain HTTP.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, without their bodies.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn open(stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> io::Result<Box<dyn Stream>> {
    stream.set_nodelay(true)?;
    let Some(config) = tls else { return Ok(Box::new(stream)) };
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        if let Err(error) = stream.conn.complete_io(&mut stream.sock) {
            // The alert that says why is still to be sent.
            let _ = stream.conn.write_tls(&mut stream.sock);
            return Err(error);
        }
    }
    Ok(Box::new(stream))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

/// An answer with its length, after which the connection ends.
pub(crate) fn answer(status: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}
