//! Standard Webhooks signatures, checked by hand: HMAC (RFC 2104) out of nothing but SHA-256.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::push::Sent;

/// The bytes of a secret as it is shown.
pub fn key(secret: &str) -> Vec<u8> {
    STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix")).expect("base64")
}

pub fn sign(key: &[u8], content: &str) -> String {
    let mut padded = [0; 64];
    padded[..key.len()].copy_from_slice(key);
    let hashed = |pad: u8, content: &[u8]| {
        let block: Vec<u8> = padded.iter().map(|byte| byte ^ pad).chain(content.iter().copied()).collect();
        digest(&SHA256, &block).as_ref().to_vec()
    };
    STANDARD.encode(hashed(0x5c, &hashed(0x36, content.as_bytes())))
}

/// Whether one of the signatures is made with this secret.
pub fn verifies(secret: &str, sent: &Sent) -> bool {
    let expected = sign(&key(secret), &format!("{}.{}.{}", sent.id, sent.timestamp, sent.body));
    sent.signature.split(' ').any(|one| one.strip_prefix("v1,") == Some(expected.as_str()))
}
