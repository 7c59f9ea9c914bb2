//! What no sender of webhooks can do without: sign a body and post it.

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::http;

const KEY: &[u8] = b"a key of twenty-four byte";

/// Signs and posts `body` this many times, `concurrency` at once, each group after the one before.
pub async fn post_all(url: &str, requests: usize, concurrency: usize, body: &str) -> Result<()> {
    let client = http::client()?;
    let mut sent = 0;
    while sent < requests {
        let group = concurrency.min(requests - sent);
        try_join_all((sent..sent + group).map(|number| post(&client, url, number, body))).await?;
        sent += group;
    }
    Ok(())
}

async fn post(client: &reqwest::Client, url: &str, number: usize, body: &str) -> Result<()> {
    let (id, timestamp) = (format!("dlv_{number:026}"), "1790000000");
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY)?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    let signature = format!("v1,{}", hex::encode(mac.finalize().into_bytes()));
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature)
        .body(body.to_owned());
    let answer = request.send().await?;
    ensure!(answer.status().is_success(), "the receiver answered {}", answer.status());
    answer.bytes().await?;
    Ok(())
}
