//! The way out: one POST, to a public address only, unless the server's setting says otherwise.

use std::{
    error::Error,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use entity::DeliveryFailure;
use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::CONTENT_TYPE,
    redirect::Policy,
};

use super::model::{self, BadUrl};

/// From the first byte to the last.
const WITHIN: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const MOST_BYTES: usize = 64 * 1024;

/// One attempt, ready to be made.
pub(super) struct Message {
    pub url: String,
    pub id: String,
    pub timestamp: i64,
    pub signature: String,
    pub body: String,
}

/// What came of it: the status of the answer, if there was one, and why it is no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub status: Option<u16>,
    pub failure: Option<DeliveryFailure>,
}

impl Outcome {
    fn failed(failure: DeliveryFailure) -> Self {
        Self { status: None, failure: Some(failure) }
    }
}

pub(super) async fn send(message: Message, to_private: bool) -> Outcome {
    // looked at again: the setting may be another than when it was saved
    let url = match model::target(&message.url, to_private) {
        Ok((url, _)) => url,
        Err(BadUrl::Private) => return Outcome::failed(DeliveryFailure::PrivateAddress),
        Err(BadUrl::Malformed) => return Outcome::failed(DeliveryFailure::Unreachable),
    };
    match post(url, message, to_private).await {
        Ok(status) => Outcome { status: Some(status), failure: (!(200..300).contains(&status)).then_some(DeliveryFailure::Status) },
        Err(error) => Outcome::failed(failure(&error)),
    }
}

async fn post(url: Url, message: Message, to_private: bool) -> reqwest::Result<u16> {
    let request = client(to_private)?
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", message.id)
        .header("webhook-timestamp", message.timestamp)
        .header("webhook-signature", message.signature);
    let mut answer = request.body(message.body).send().await?;
    let status = answer.status().as_u16();
    let mut read = 0;
    // the status has been said: what is wrong with the rest does not matter
    while let Ok(Some(chunk)) = answer.chunk().await {
        read += chunk.len();
        if read >= MOST_BYTES {
            break;
        }
    }
    Ok(status)
}

fn failure(error: &reqwest::Error) -> DeliveryFailure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<Private>() {
            return DeliveryFailure::PrivateAddress;
        }
        cause = error.source();
    }
    if error.is_timeout() { DeliveryFailure::Timeout } else { DeliveryFailure::Unreachable }
}

/// One for each setting. No connection is kept: each attempt looks its host up, and none outlives the address it was checked for.
fn client(to_private: bool) -> reqwest::Result<&'static Client> {
    static PUBLIC: OnceLock<Client> = OnceLock::new();
    static ANY: OnceLock<Client> = OnceLock::new();
    let slot = if to_private { &ANY } else { &PUBLIC };
    if let Some(client) = slot.get() {
        return Ok(client);
    }
    let client = Client::builder()
        .user_agent(concat!("Chuishao/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy()
        .timeout(WITHIN)
        .pool_max_idle_per_host(0)
        .dns_resolver(Arc::new(Guarded { to_private }))
        .build()?;
    Ok(slot.get_or_init(|| client))
}

/// Looks a host up and gives out only addresses that may be connected to: what is checked is what is used.
struct Guarded {
    to_private: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the host has a private address only")]
struct Private;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let to_private = self.to_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let open = allowed(&found, to_private);
            if open.is_empty() && !found.is_empty() {
                return Err(Private.into());
            }
            let addresses: Addrs = Box::new(open.into_iter());
            Ok(addresses)
        })
    }
}

fn allowed(found: &[SocketAddr], to_private: bool) -> Vec<SocketAddr> {
    found.iter().filter(|address| to_private || model::is_public(address.ip())).copied().collect()
}
