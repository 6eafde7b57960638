//! `relaycheck sink`: a receive-only SMTP server that tells what arrives and never passes it on.
//!
//! In: mail from anybody for anybody. Out: a JSON line for each message, and the message as a file where
//! a folder is named.
//!
//! Limits: those of the sink; a message that cannot be kept is told and does not stop the sink.

use super::args::SinkArgs;
use super::error::CliError;
use super::exit::Exit;
use super::probe::{machine, runtime};
use super::settings::time;
use super::signals;
use crate::server::{Delivery, Sink, SinkSettings};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Runs the sink until it is stopped, or until count or time is up.
pub fn run(args: &SinkArgs, complain: &mut dyn FnMut(String)) -> Result<Exit, CliError> {
    let limit = args
        .time
        .as_deref()
        .map(|text| time("--time", text))
        .transpose()?;
    if let Some(dir) = &args.dir {
        std::fs::create_dir_all(dir).map_err(|source| CliError::Output {
            path: dir.clone(),
            source,
        })?;
    }
    let runtime = runtime()?;
    let stop = CancellationToken::new();
    signals::watch(&runtime, &stop)?;
    runtime.block_on(receive(args, limit, &stop, complain))
}

async fn receive(
    args: &SinkArgs,
    limit: Option<Duration>,
    stop: &CancellationToken,
    complain: &mut dyn FnMut(String),
) -> Result<Exit, CliError> {
    let (sender, mut arriving) = mpsc::channel::<Arc<Delivery>>(64);
    let mut sinks = Vec::new();
    for listen in &args.listen {
        let (sink, mut deliveries) = Sink::start(SinkSettings::default(), *listen)
            .await
            .map_err(|e| machine(format!("--listen {listen}: cannot listen there"), e))?;
        complain(format!("listening on {}", sink.address()));
        sinks.push(sink);
        let sender = sender.clone();
        tokio::spawn(async move {
            while let Some(delivery) = deliveries.recv().await {
                if sender.send(delivery).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(sender);
    let end = tokio::time::sleep(limit.unwrap_or(Duration::MAX));
    tokio::pin!(end);
    let mut count = 0;
    while args.count.is_none_or(|most| count < most) {
        let delivery = tokio::select! {
            delivery = arriving.recv() => delivery,
            () = stop.cancelled() => None,
            () = &mut end => None,
        };
        let Some(delivery) = delivery else {
            break;
        };
        count += 1;
        let file = match &args.dir {
            Some(dir) => match keep(dir, count, &delivery) {
                Ok(name) => Some(name),
                Err(error) => {
                    complain(format!("a message could not be kept: {error}"));
                    None
                }
            },
            None => None,
        };
        match tell(&delivery, file.as_deref()) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => break,
            Err(source) => {
                return Err(CliError::Output {
                    path: "standard output".into(),
                    source,
                });
            }
        }
    }
    Ok(Exit::Clean)
}

/// Writes the line about a message.
fn tell(delivery: &Delivery, file: Option<&str>) -> io::Result<()> {
    let at = jiff::Timestamp::try_from(delivery.at).map(|at| at.to_string());
    let recipients: Vec<String> = delivery.recipients.iter().map(|r| r.printable()).collect();
    let line: Value = json!({
        "at": at.ok(),
        "client": delivery.client.ip().to_canonical().to_string(),
        "helo": delivery.hello.printable(),
        "tls": delivery.tls.as_str(),
        "mail_from": delivery.sender.printable(),
        "rcpt_to": recipients,
        "size": delivery.size,
        "token": delivery.token,
        "file": file,
    });
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Writes a message into a file of its own, never over another.
fn keep(dir: &Path, count: u64, delivery: &Delivery) -> io::Result<String> {
    let second = jiff::Timestamp::try_from(delivery.at).map_or(0, |at| at.as_second());
    let name = format!("{second}-{}-{count}.eml", std::process::id());
    let mut file = std::fs::File::create_new(dir.join(&name))?;
    file.write_all(delivery.message.as_bytes())?;
    Ok(name)
}
