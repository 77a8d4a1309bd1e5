//! How a server stops taking work so that no request is lost, with a proxy in front that keeps connections open.
//!
//! First the door. Who would connect from then on gets no answer, while those whose handshake has begun come in; a moment later the listener
//! is closed, and a proxy asks another instance. (A listener that is just closed resets whoever it has not yet taken in, and a proxy does
//! not send a POST again.) Then what comes on connections that are open is answered, with the word that each of them ends. Those that stay
//! idle are closed by a proxy that keeps them open for less than [`LINGER`]: were they closed here, a request that comes along in the same
//! instant would be lost.

use std::{
    collections::VecDeque,
    future::pending,
    io,
    net::SocketAddr,
    os::fd::{AsFd, OwnedFd},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
    serve::Listener,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::Api;

/// Handshakes that have begun are over after so long.
const HANDSHAKE: Duration = Duration::from_millis(200);
/// How long connections are still served after the door has closed, if they stay open: longer than a proxy keeps idle ones.
const LINGER: Duration = Duration::from_secs(2);

/// A listener that can be closed before the server stops.
pub struct Door {
    open: Option<(TcpListener, watch::Receiver<()>)>,
    /// Who came before it closed.
    last: VecDeque<(TcpStream, SocketAddr)>,
    address: SocketAddr,
    connections: watch::Sender<()>,
}

/// Who closes the door.
pub struct Keeper {
    listener: OwnedFd,
    closing: watch::Sender<()>,
    connections: watch::Sender<()>,
}

pub fn door(listener: TcpListener) -> io::Result<(Door, Keeper)> {
    let (closing, closed) = watch::channel(());
    let connections = watch::Sender::new(());
    let keeper = Keeper { listener: listener.as_fd().try_clone_to_owned()?, closing, connections: connections.clone() };
    let address = listener.local_addr()?;
    Ok((Door { open: Some((listener, closed)), last: VecDeque::new(), address, connections }, keeper))
}

impl Keeper {
    /// Closes the door, then tells the sockets, and gives connections the time to end.
    pub async fn close(self, api: &Api) {
        if ignore_newcomers(&self.listener) {
            tokio::time::sleep(HANDSHAKE).await;
        }
        drop(self.listener);
        self.closing.send_replace(());
        self.closing.closed().await;
        api.stop();
        let _ = tokio::time::timeout(LINGER, self.connections.closed()).await;
    }
}

/// From here on the kernel drops what asks for a new connection; the other side asks again in a second. False where that is not possible.
#[cfg(target_os = "linux")]
fn ignore_newcomers(listener: &OwnedFd) -> bool {
    use socket2::{SockFilter, SockRef};
    // classic BPF over the TCP header: load byte 13, the flags; where SYN is set keep nothing of the packet, else all
    const LOAD_BYTE: u16 = 0x30;
    const JUMP_IF_SET: u16 = 0x45;
    const KEEP: u16 = 0x06;
    let filter = [
        SockFilter::new(LOAD_BYTE, 0, 0, 13),
        SockFilter::new(JUMP_IF_SET, 0, 1, 0x02),
        SockFilter::new(KEEP, 0, 0, 0),
        SockFilter::new(KEEP, 0, 0, u32::MAX),
    ];
    SockRef::from(listener).attach_filter(&filter).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn ignore_newcomers(_: &OwnedFd) -> bool {
    false
}

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        if let Some((listener, closing)) = &mut self.open {
            tokio::select! {
                (stream, address) = Listener::accept(listener) => return (self.connection(stream), address),
                // told, or its keeper is gone
                _ = closing.changed() => {}
            }
        }
        if let Some((listener, _until_closed)) = self.open.take() {
            self.last = waiting(listener);
        }
        match self.last.pop_front() {
            Some((stream, address)) => (self.connection(stream), address),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Door {
    fn connection(&self, stream: TcpStream) -> Connection {
        Connection { stream, _open: self.connections.subscribe() }
    }
}

/// All that the kernel has for this listener, which ends here. It is asked directly: the runtime may not have heard of them yet.
fn waiting(listener: TcpListener) -> VecDeque<(TcpStream, SocketAddr)> {
    let Ok(listener) = listener.into_std() else { return VecDeque::new() };
    let accepted = std::iter::from_fn(|| listener.accept().ok());
    let taken = accepted.filter_map(|(stream, address)| {
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, address))
    });
    taken.collect()
}

/// A connection that is counted while it is open.
pub struct Connection {
    stream: TcpStream,
    _open: watch::Receiver<()>,
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Says of each connection that it ends, once the server stops.
pub async fn last_words(State(api): State<Api>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if api.is_stopping() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
