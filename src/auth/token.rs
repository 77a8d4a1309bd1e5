//! Signed tokens (JWT, EdDSA). The key pair is made on the first start and kept with the data, readable by its owner only; servers that
//! share a database share one that they are given.

use std::{
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, bail};
use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use chrono::{DateTime, Duration, Utc};
use entity::PersonId;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const ISSUER: &str = "chuishao";
const KEY_FILE: &str = "token.key";
/// What the key of addresses is derived for.
const ADDRESSES: &[u8] = b"chuishao signed addresses 1";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    iat: i64,
    exp: i64,
}

/// Signs and verifies. One per process.
pub struct Keys {
    signing: EncodingKey,
    verifying: DecodingKey,
    /// Of addresses that need no token. Derived from the private key, so servers that share that one know each other's.
    addresses: hmac::Key,
}

/// Why a token is not accepted; clients are told no more than that.
#[derive(Debug, PartialEq, Eq)]
pub enum TokenError {
    Malformed,
    Expired,
}

impl Keys {
    /// Reads the key from this file, which has to be there: what several machines share is made once, not by whoever comes first.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        Self::maybe_load(path)?.with_context(|| format!("there is no token key at {}", path.display()))
    }

    /// Reads the key from the data directory, or makes it there with mode 0600.
    pub fn load_or_create(data_dir: &Path) -> anyhow::Result<Self> {
        let path = data_dir.join(KEY_FILE);
        if let Some(keys) = Self::maybe_load(&path)? {
            return Ok(keys);
        }
        std::fs::create_dir_all(data_dir).with_context(|| format!("cannot make the data directory {}", data_dir.display()))?;
        let pair = Ed25519KeyPair::generate().ok().context("cannot make a key")?;
        let der = pair.to_pkcs8v1().ok().context("cannot encode the key")?;
        match place(&path, der.as_ref()) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => bail!("cannot write {}: {e}", path.display()),
            // what lies there now counts, whoever made it
            _ => Self::load(&path),
        }
    }

    fn maybe_load(path: &Path) -> anyhow::Result<Option<Self>> {
        match std::fs::read(path) {
            Ok(der) => Self::from_pkcs8(&der).map(Some).with_context(|| format!("{} is not an Ed25519 key", path.display())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => bail!("cannot read {}: {e}", path.display()),
        }
    }

    fn from_pkcs8(der: &[u8]) -> anyhow::Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(der).ok().context("not a PKCS #8 key")?;
        let public = pair.public_key().as_ref().to_vec();
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, der), ADDRESSES);
        let addresses = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        Ok(Self { signing: EncodingKey::from_ed_der(der), verifying: DecodingKey::from_ed_der(&public), addresses })
    }

    /// The signature of an address, hexadecimal: over what it leads to and until when.
    pub fn sign_address(&self, said: &str) -> String {
        hex::encode(hmac::sign(&self.addresses, said.as_bytes()))
    }

    /// Compared in constant time.
    pub fn has_signed_address(&self, said: &str, signature: &str) -> bool {
        hex::decode(signature).is_ok_and(|signature| hmac::verify(&self.addresses, said.as_bytes(), &signature).is_ok())
    }

    pub fn sign(&self, person: PersonId, now: DateTime<Utc>, valid_for: Duration) -> anyhow::Result<String> {
        let claims =
            Claims { iss: ISSUER.into(), aud: ISSUER.into(), sub: person.0, iat: now.timestamp(), exp: (now + valid_for).timestamp() };
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.signing).context("cannot sign the token")
    }

    /// The person named and the instant at which the token runs out.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<(PersonId, DateTime<Utc>), TokenError> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        // compared below with the injected clock
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.verifying, &validation).map_err(|_| TokenError::Malformed)?.claims;
        let expires_at = DateTime::from_timestamp(claims.exp, 0).ok_or(TokenError::Malformed)?;
        if now >= expires_at {
            return Err(TokenError::Expired);
        }
        Ok((PersonId(claims.sub), expires_at))
    }
}

/// Puts a file in its place whole or not at all, and never over another: of processes that start at once, one makes the key and the
/// others read it, and none ever reads half of one.
fn place(path: &Path, content: &[u8]) -> std::io::Result<()> {
    // a name of its own: in containers that share a folder, every process may have the number 1
    let mut random = [0; 8];
    aws_lc_rs::rand::fill(&mut random).map_err(std::io::Error::other)?;
    let draft = path.with_extension(format!("{:016x}.new", u64::from_ne_bytes(random)));
    let written = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft);
    let placed =
        written.and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all())).and_then(|()| std::fs::hard_link(&draft, path));
    // gone already where it could not be made
    let _ = std::fs::remove_file(&draft);
    placed
}
