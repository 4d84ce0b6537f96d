//! A small HTTP/1.1 server whose responses the test decides. It uses one connection for each request.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[derive(Clone, Debug)]
pub(crate) struct HttpRequest {
    /// The first request has number 0.
    pub number: usize,
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

/// How a response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Complete,
    /// Closes the connection after this many bytes of the body.
    Closed(usize),
    /// Sends this many bytes of the body, and then nothing until the client disconnects.
    Silent(usize),
    /// Sends this many bytes of the body, and the rest after a pause.
    Late(usize, Duration),
}

#[derive(Clone, Debug)]
pub(crate) struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    end: End,
    has_length: bool,
}

/// Runs until the test process ends.
pub(crate) struct Server {
    pub port: u16,
    requests: Arc<Mutex<Vec<HttpRequest>>>,
}

impl Server {
    pub(crate) fn new(respond: impl Fn(&HttpRequest) -> Response + Send + Sync + 'static) -> Self {
        Self::wrapped(|stream| Box::new(stream), respond)
    }

    /// A server whose connections are wrapped, for instance in TLS.
    pub(crate) fn wrapped(
        wrap: impl Fn(TcpStream) -> Box<dyn Stream> + Send + Sync + 'static,
        respond: impl Fn(&HttpRequest) -> Response + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(vec![]));
        let (received, shared) = (requests.clone(), Arc::new((wrap, respond)));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (received, shared) = (received.clone(), shared.clone());
                thread::spawn(move || {
                    // In some tests, the client disconnects.
                    let _ = serve(&mut *(shared.0)(stream), &received, &shared.1);
                });
            }
        });
        Self { port, requests }
    }

    /// Always responds with this content.
    pub(crate) fn of(content: &[u8]) -> Self {
        let content = content.to_vec();
        Self::new(move |_| Response::file(&content))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn requests(&self) -> Vec<HttpRequest> {
        self.requests.lock().unwrap().clone()
    }
}

pub(crate) trait Stream: Read + Write {
    fn finish(&mut self);
}

impl Stream for TcpStream {
    fn finish(&mut self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl HttpRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }
}

impl Response {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: vec![], body: vec![], end: End::Complete, has_length: true }
    }

    pub(crate) fn ok(content: &[u8]) -> Self {
        Self { body: content.to_vec(), ..Self::empty(200) }
    }

    /// A response that names the version of the file and supports ranges: clients could ask for the rest of it.
    pub(crate) fn file(content: &[u8]) -> Self {
        Self::ok(content).header("ETag", "\"1\"").header("Accept-Ranges", "bytes")
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::empty(302).header("Location", to)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn end(self, end: End) -> Self {
        Self { end, ..self }
    }

    /// The body ends where the connection ends.
    pub(crate) fn without_length(self) -> Self {
        Self { has_length: false, ..self }
    }

    fn write(&self, stream: &mut dyn Stream) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Status\r\nConnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.has_length {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        let sent = match self.end {
            End::Complete => self.body.len(),
            End::Closed(count) | End::Silent(count) | End::Late(count, _) => count,
        };
        stream.write_all(&self.body[..sent])?;
        stream.flush()?;
        match self.end {
            End::Silent(_) => drop(stream.read(&mut [0])),
            End::Late(_, pause) => {
                thread::sleep(pause);
                stream.write_all(&self.body[sent..])?;
                stream.flush()?;
            }
            End::Complete | End::Closed(_) => {}
        }
        Ok(())
    }
}

fn serve(
    stream: &mut dyn Stream,
    requests: &Mutex<Vec<HttpRequest>>,
    respond: &impl Fn(&HttpRequest) -> Response,
) -> std::io::Result<()> {
    let request = {
        let request = read_request(&mut *stream)?;
        let mut requests = requests.lock().unwrap();
        let request = HttpRequest { number: requests.len(), ..request };
        requests.push(request.clone());
        request
    };
    respond(&request).write(stream)?;
    stream.finish();
    // Closing immediately could discard the response.
    thread::sleep(Duration::from_millis(20));
    Ok(())
}

/// Reads the head of a request. No request has a body.
pub(crate) fn read_request(stream: impl Read) -> std::io::Result<HttpRequest> {
    let mut lines = BufReader::with_capacity(1, stream).lines();
    let first = lines.next().ok_or(std::io::ErrorKind::UnexpectedEof)??;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = vec![];
    for line in lines {
        let line = line?;
        match line.split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    Ok(HttpRequest { number: 0, method, path, headers })
}
