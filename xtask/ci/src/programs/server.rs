//! A web server on this machine that says "hello".

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use anyhow::Result;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

/// Starts it, and returns its address. It runs until this process ends.
pub(crate) fn start() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    // A client that goes away early fails its own task.
    thread::spawn(move || listener.incoming().flatten().for_each(|client| drop(answer(client))));
    Ok(address)
}

fn answer(mut client: TcpStream) -> Result<()> {
    let lines = BufReader::new(client.try_clone()?).lines();
    // The end of the request.
    lines.map_while(Result::ok).find(|line| line.is_empty());
    Ok(client.write_all(ANSWER)?)
}
