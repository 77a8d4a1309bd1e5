//! As much of the WebSocket protocol as a cheap client needs: no buffer of its own while nothing is half read.

use std::io;

use anyhow::{Context, bail, ensure};
use tokio::net::TcpStream;

pub struct Wire {
    stream: TcpStream,
    /// The beginning of a frame whose end has not come.
    rest: Vec<u8>,
}

pub enum Frame<'b> {
    Text(&'b [u8]),
    Ping(&'b [u8]),
    Close,
}

impl Wire {
    /// Upgrades a new connection.
    pub async fn open(address: std::net::SocketAddr, path: &str, protocol: Option<&str>) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        let mut wire = Self { stream, rest: Vec::new() };
        let protocol = protocol.map(|name| format!("sec-websocket-protocol: {name}\r\n")).unwrap_or_default();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}\r\n",
        );
        wire.write(request.as_bytes()).await?;
        let mut answer = Vec::new();
        let mut buffer = vec![0; 1024];
        let end = loop {
            let length = wire.read(&mut buffer).await?;
            ensure!(length > 0, "hung up during the handshake");
            answer.extend_from_slice(&buffer[..length]);
            if let Some(at) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
        };
        if !answer.starts_with(b"HTTP/1.1 101") {
            bail!("no WebSocket: {}", String::from_utf8_lossy(&answer));
        }
        wire.rest = answer.split_off(end);
        Ok(wire)
    }

    async fn write(&self, mut bytes: &[u8]) -> anyhow::Result<()> {
        while !bytes.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(bytes) {
                Ok(length) => bytes = &bytes[length..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn read(&self, buffer: &mut [u8]) -> anyhow::Result<usize> {
        loop {
            self.stream.readable().await?;
            match self.stream.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Ok(read?),
            }
        }
    }

    /// Waits until something can be read.
    pub async fn readable(&self) -> anyhow::Result<()> {
        Ok(self.stream.readable().await?)
    }

    /// Hands each frame that has arrived to `take`; false once the other side has gone. The buffer is lent: all sockets may share one.
    pub fn take(&mut self, buffer: &mut [u8], mut take: impl FnMut(Frame<'_>) -> anyhow::Result<()>) -> anyhow::Result<bool> {
        let kept = self.rest.len();
        buffer[..kept].copy_from_slice(&self.rest);
        self.rest = Vec::new();
        let length = match self.stream.try_read(&mut buffer[kept..]) {
            Ok(0) => return Ok(false),
            Ok(length) => kept + length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => kept,
            Err(error) => return Err(error.into()),
        };
        let mut bytes: &[u8] = &buffer[..length];
        while let Some((head, payload, after)) = split(bytes) {
            match head & 0x0f {
                0x1 => take(Frame::Text(payload))?,
                0x8 => take(Frame::Close)?,
                0x9 => take(Frame::Ping(payload))?,
                0xa => {}
                other => bail!("a frame of kind {other}"),
            }
            bytes = after;
        }
        self.rest = bytes.to_vec();
        Ok(true)
    }

    pub async fn text(&self, text: &str) -> anyhow::Result<()> {
        self.write(&masked(0x81, text.as_bytes())).await
    }

    pub async fn pong(&self, payload: &[u8]) -> anyhow::Result<()> {
        self.write(&masked(0x8a, payload)).await
    }
}

/// (first byte, payload, what follows) of the frame that is complete.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (head, short) = (*bytes.first()?, *bytes.get(1)?);
    let (length, from) = match short {
        126 => (u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?).into(), 4),
        127 => (usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 10),
        short => (short.into(), 2),
    };
    let payload = bytes.get(from..from + length)?;
    Some((head, payload, &bytes[from + length..]))
}

/// A client's frame, its mask all zeros.
fn masked(head: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![head];
    match u8::try_from(payload.len()) {
        Ok(short) if short < 126 => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            let length = u16::try_from(payload.len()).expect("short frames");
            frame.extend_from_slice(&length.to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}
