//! A small HTTP/1.1 server whose answers the test decides, one connection for each request.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a client asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The first of all requests has number 0.
    pub number: usize,
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
}

/// How the server ends its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Whole,
    /// Closes the connection after so many bytes of the body.
    Closed(usize),
    /// Says nothing more after so many bytes of the body, until the client leaves.
    Silent(usize),
    /// Sends the rest so much later than the first bytes of the body.
    Late(usize, Duration),
}

#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    end: End,
    tells_length: bool,
}

/// Runs until the test process ends.
pub struct Server {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn new(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::wrapped(|stream| Box::new(stream), answer)
    }

    /// A server whose connections are something more than TCP.
    pub fn wrapped(
        wrap: impl Fn(TcpStream) -> Box<dyn Stream> + Send + Sync + 'static,
        answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(vec![]));
        let (all, shared) = (asked.clone(), Arc::new((wrap, answer)));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, shared) = (all.clone(), shared.clone());
                thread::spawn(move || {
                    // A client that leaves is what some tests are about.
                    let _ = serve(&mut *(shared.0)(stream), &all, &shared.1);
                });
            }
        });
        Self { port, asked }
    }

    /// Gives this content, in parts when asked for one.
    pub fn of(content: &[u8]) -> Self {
        let content = content.to_vec();
        Self::new(move |asked| Answer::file(asked, &content, "\"1\""))
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

pub trait Stream: Read + Write {
    fn finish(&mut self);
}

impl Stream for TcpStream {
    fn finish(&mut self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The first byte that is asked for.
    pub fn from(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

impl Answer {
    pub fn status(status: u16) -> Self {
        Self { status, headers: vec![], body: vec![], end: End::Whole, tells_length: true }
    }

    pub fn whole(content: &[u8]) -> Self {
        Self { body: content.to_vec(), ..Self::status(200) }
    }

    /// As a server does that knows ranges: the rest, if the client has the beginning of this very version.
    pub fn file(asked: &Asked, content: &[u8], tag: &str) -> Self {
        let answer = match asked.from() {
            Some(from) if asked.header("if-range") == Some(tag) => {
                let range = format!("bytes {from}-{}/{}", content.len() - 1, content.len());
                Self { status: 206, ..Self::whole(&content[from..]) }.header("Content-Range", &range)
            }
            _ => Self::whole(content),
        };
        answer.header("ETag", tag)
    }

    pub fn redirect(to: &str) -> Self {
        Self::status(302).header("Location", to)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn end(self, end: End) -> Self {
        Self { end, ..self }
    }

    /// The end of the body is the end of the connection.
    pub fn without_length(self) -> Self {
        Self { tells_length: false, ..self }
    }

    fn write(&self, stream: &mut dyn Stream) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Status\r\nConnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.tells_length {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        let sent = match self.end {
            End::Whole => self.body.len(),
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
            End::Whole | End::Closed(_) => {}
        }
        Ok(())
    }
}

fn serve(
    stream: &mut dyn Stream,
    all: &Mutex<Vec<Asked>>,
    answer: &impl Fn(&Asked) -> Answer,
) -> std::io::Result<()> {
    let asked = {
        let asked = read_request(&mut *stream)?;
        let mut all = all.lock().unwrap();
        let asked = Asked { number: all.len(), ..asked };
        all.push(asked.clone());
        asked
    };
    answer(&asked).write(stream)?;
    stream.finish();
    // Closing at once could take the answer back.
    thread::sleep(Duration::from_millis(20));
    Ok(())
}

/// The head of a request; bodies are sent by none.
pub fn read_request(stream: impl Read) -> std::io::Result<Asked> {
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
    Ok(Asked { number: 0, method, path, headers })
}
