//! The load: so many sockets, read by one thread.

use std::{
    cell::RefCell,
    net::SocketAddr,
    rc::Rc,
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

use anyhow::{Context, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use tokio::{sync::oneshot, task::LocalSet};

use super::{
    board::{Board, Reader},
    wire::{Frame, Wire},
};

/// What a connection says before it listens.
#[derive(Clone)]
pub struct Hello {
    pub address: SocketAddr,
    pub path: &'static str,
    /// With graphql-transport-ws: the token, and what is subscribed to.
    pub graphql: Option<(String, String)>,
    pub ids: Ids,
}

/// The ids that clients give their operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Ids {
    /// `1`, like clients that count.
    Same,
    /// A UUID for each, like clients that draw lots.
    Unique,
}

/// Handshakes at the same time.
const AT_ONCE: usize = 64;
/// Longer than what any socket has ready at once.
const BUFFER: usize = 256 * 1024;

pub struct Load {
    pub board: Arc<Board>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Load {
    /// Returns once all are connected and have subscribed.
    pub fn connect(hello: Hello, connections: usize) -> anyhow::Result<Self> {
        let board = Arc::new(Board::default());
        let (stop, stopped) = oneshot::channel();
        let (ready, connected) = mpsc::channel();
        let shared = board.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
            let local = LocalSet::new();
            local.block_on(&runtime, async {
                let opened = connect_all(&hello, connections).await;
                match opened {
                    Ok(wires) => {
                        let buffer = Rc::new(RefCell::new(vec![0; BUFFER]));
                        for wire in wires {
                            tokio::task::spawn_local(listen(wire, buffer.clone(), shared.clone()));
                        }
                        let _ = ready.send(Ok(()));
                        let _ = stopped.await;
                    }
                    Err(error) => drop(ready.send(Err(error))),
                }
            });
        });
        let load = Self { board, stop: Some(stop), thread: Some(thread) };
        connected.recv().context("the load client has ended")??;
        Ok(load)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn connect_all(hello: &Hello, connections: usize) -> anyhow::Result<Vec<Wire>> {
    stream::iter(0..connections).map(|number| greet(hello, number)).buffer_unordered(AT_ONCE).try_collect().await
}

async fn greet(hello: &Hello, number: usize) -> anyhow::Result<Wire> {
    let Some((token, query)) = &hello.graphql else { return Wire::open(hello.address, hello.path, None).await };
    let mut wire = Wire::open(hello.address, hello.path, Some("graphql-transport-ws")).await?;
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
    wire.text(&init.to_string()).await?;
    let mut buffer = vec![0; 4096];
    let mut acknowledged = false;
    while !acknowledged {
        wire.readable().await?;
        let open = wire.take(&mut buffer, |frame| {
            acknowledged |= matches!(frame, Frame::Text(text) if text.starts_with(br#"{"type":"connection_ack""#));
            Ok(())
        })?;
        if !open {
            bail!("hung up before the acknowledgement");
        }
    }
    let id = match hello.ids {
        Ids::Same => "1".to_owned(),
        // of the shape of a UUID, and distinct
        Ids::Unique => format!("{:08x}-7d4c-4c55-9a3e-{number:012x}", number.wrapping_mul(0x9e37_79b1) & 0xffff_ffff),
    };
    wire.text(&json!({ "id": id, "type": "subscribe", "payload": { "query": query } }).to_string()).await?;
    Ok(wire)
}

async fn listen(mut wire: Wire, buffer: Rc<RefCell<Vec<u8>>>, board: Arc<Board>) {
    let mut reader = Reader::default();
    loop {
        if let Err(error) = turn(&mut wire, &buffer, &board, &mut reader).await {
            return board.fail(format!("a connection failed: {error:#}"));
        }
    }
}

/// Takes what has arrived.
async fn turn(wire: &mut Wire, buffer: &RefCell<Vec<u8>>, board: &Board, reader: &mut Reader) -> anyhow::Result<()> {
    wire.readable().await?;
    let (mut ping, mut asked) = (None, false);
    let open = wire.take(&mut buffer.borrow_mut(), |frame| {
        match frame {
            Frame::Text(text) if text.starts_with(br#"{"type":"ping""#) => asked = true,
            Frame::Text(text) => board.arrived(reader, text)?,
            Frame::Ping(payload) => ping = Some(payload.to_vec()),
            Frame::Close => bail!("closed by the server"),
        }
        Ok(())
    })?;
    if !open {
        bail!("hung up");
    }
    if let Some(payload) = ping {
        wire.pong(&payload).await?;
    }
    if asked {
        wire.text(r#"{"type":"pong"}"#).await?;
    }
    Ok(())
}
