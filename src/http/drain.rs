//! How a server stops taking work so that no request is lost, with a proxy in front that keeps connections open.
//!
//! First the door: who connects from then on is refused, and a proxy asks another instance. Then, for a moment, what comes on connections
//! that are open is answered, with the word that each of them ends. Only then are those closed that lie idle: a request that a proxy
//! sends along one in the same instant would be lost, and might not be sent again.

use std::{future::pending, net::SocketAddr, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
    serve::Listener,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::Api;

/// How long connections are still served after the door has closed.
const LINGER: Duration = Duration::from_millis(500);

/// A listener that can be closed before the server stops.
pub struct Door {
    open: Option<(TcpListener, watch::Receiver<()>)>,
    address: SocketAddr,
}

/// Who closes the door.
pub struct Keeper(watch::Sender<()>);

pub fn door(listener: TcpListener) -> std::io::Result<(Door, Keeper)> {
    let (keeper, kept) = watch::channel(());
    Ok((Door { address: listener.local_addr()?, open: Some((listener, kept)) }, Keeper(keeper)))
}

impl Keeper {
    /// Closes the door, then tells the sockets, and gives connections the time to end.
    pub async fn close(self, api: &Api) {
        self.0.send_replace(());
        self.0.closed().await;
        api.stop();
        tokio::time::sleep(LINGER).await;
    }
}

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        if let Some((listener, kept)) = &mut self.open {
            tokio::select! {
                // who is at the door already comes in
                biased;
                accepted = Listener::accept(listener) => return accepted,
                _ = kept.changed() => {}
            }
            self.open = None;
        }
        pending().await
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Says of each connection that it ends, once the server stops.
pub async fn last_words(State(api): State<Api>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if *api.stopping().borrow() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
