//! Signals: what stops the server, and what has it read its files again.
//!
//! A thread of their own waits for them from the first moment of a command that serves, so none is lost and none ends the process
//! by its default action while something is at work that has to finish.

use std::future::poll_fn;
use std::process::exit;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use actix_server::ServerHandle;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{self, SignalKind};

use super::closing::Listening;
use crate::web::connection::stopping::Stopping;

/// What SIGHUP does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// It has the files of tokens and the time zone data read again.
    Reloads,
    /// It ends the process, because its terminal was closed.
    Stops,
}

/// The signals of the process, which are waited for from [`Signals::install`] on.
pub struct Signals(Arc<Mutex<Phase>>);

/// A server that answers requests.
pub struct Serving {
    /// Stops the server.
    pub handle: ServerHandle,
    /// The socket on which it listens.
    pub listening: Listening,
    /// Makes the stop known to probes, answers and connections.
    pub stopping: Stopping,
    /// How long the server goes on answering after SIGTERM.
    pub drain: Duration,
    /// Reads the files again, and reports in the log what cannot be read.
    pub reload: Arc<dyn Fn() + Send + Sync>,
}

enum Phase {
    /// Nothing listens yet. Whether SIGHUP came meanwhile.
    Starting {
        hung_up: bool,
    },
    Serving(Serving),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Received {
    Hangup,
    Interrupt,
    Quit,
    Terminate,
}

impl Received {
    const ALL: [(Self, fn() -> SignalKind); 4] = [
        (Self::Hangup, SignalKind::hangup),
        (Self::Interrupt, SignalKind::interrupt),
        (Self::Quit, SignalKind::quit),
        (Self::Terminate, SignalKind::terminate),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Quit => "SIGQUIT",
            Self::Terminate => "SIGTERM",
        }
    }
}

impl Signals {
    /// Replaces the default actions of the signals. Until [`Self::serve`], a signal that stops ends the process at once, with status 0.
    ///
    /// # Errors
    /// The operating system's, which refuses a handler or a thread.
    pub fn install(hangup: Hangup) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let streams = {
            let _entered = runtime.enter();
            let stream = |(received, kind): (Received, fn() -> SignalKind)| Ok((received, unix::signal(kind())?));
            Received::ALL
                .into_iter()
                .map(stream)
                .collect::<std::io::Result<Vec<_>>>()?
        };
        let phase = Arc::new(Mutex::new(Phase::Starting { hung_up: false }));
        let receiver = Receiver {
            streams,
            hangup,
            phase: Arc::clone(&phase),
            interrupts: 0,
        };
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || receiver.run(&runtime))?;
        Ok(Self(phase))
    }

    /// Has the signals act on a server from now on.
    pub fn serve(&self, serving: Serving) {
        let mut phase = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*phase, Phase::Starting { hung_up: true }) {
            reload(&serving);
        }
        *phase = Phase::Serving(serving);
    }
}

/// What runs on the thread.
struct Receiver {
    streams: Vec<(Received, unix::Signal)>,
    hangup: Hangup,
    phase: Arc<Mutex<Phase>>,
    /// How often SIGINT came while serving.
    interrupts: u32,
}

impl Receiver {
    fn run(mut self, runtime: &Runtime) {
        runtime.block_on(async {
            loop {
                let received = self.next().await;
                let phase = Arc::clone(&self.phase);
                let mut phase = phase.lock().unwrap_or_else(PoisonError::into_inner);
                match &mut *phase {
                    Phase::Starting { hung_up } => self.starting(received, hung_up),
                    Phase::Serving(serving) => self.serving(received, serving),
                }
            }
        });
    }

    /// Waits for a signal.
    async fn next(&mut self) -> Received {
        poll_fn(|context| {
            let mut streams = self.streams.iter_mut();
            let received =
                streams.find_map(|(received, stream)| stream.poll_recv(context).is_ready().then_some(*received));
            received.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    fn starting(&self, received: Received, hung_up: &mut bool) {
        if received == Received::Hangup && self.hangup == Hangup::Reloads {
            *hung_up = true;
            return;
        }
        tracing::info!("{} received before the server listened; stopped", received.name());
        exit(0);
    }

    fn serving(&mut self, received: Received, serving: &Serving) {
        match received {
            Received::Hangup if self.hangup == Hangup::Reloads => {
                tracing::info!("SIGHUP received; files of tokens and the time zone data are read again");
                reload(serving);
            }
            Received::Interrupt if self.interrupts > 0 => {
                tracing::warn!("SIGINT received again; stopped at once, requests in flight are cut");
                exit(1);
            }
            Received::Terminate if serving.stopping.is_begun() => {
                tracing::info!("SIGTERM received again; the server is stopping already");
            }
            Received::Terminate => terminate(serving),
            Received::Quit => {
                tracing::info!("SIGQUIT received; requests in flight are cut");
                serving.stopping.close_idle();
                drop(serving.handle.stop(false));
            }
            Received::Hangup | Received::Interrupt => {
                self.interrupts += u32::from(received == Received::Interrupt);
                tracing::info!("{} received; requests in flight finish", received.name());
                drop(tokio::spawn(finish(serving)));
            }
        }
    }
}

/// Stops a server that others send requests to: readiness fails first, and they have the time of the drain to send them elsewhere.
fn terminate(serving: &Serving) {
    serving.stopping.begin();
    if serving.drain.is_zero() {
        tracing::info!("SIGTERM received; requests in flight finish");
        drop(tokio::spawn(finish(serving)));
        return;
    }
    let seconds = serving.drain.as_secs_f64();
    tracing::info!(
        seconds,
        "SIGTERM received; not ready any more, requests are still answered during the drain"
    );
    let (drain, finish) = (serving.drain, finish(serving));
    drop(tokio::spawn(async move {
        tokio::time::sleep(drain).await;
        tracing::info!("the drain is over; requests in flight finish");
        finish.await;
    }));
}

/// Stops accepting connections and closes idle ones. The server ends when the others are done, or after `--shutdown-timeout`.
fn finish(serving: &Serving) -> impl Future<Output = ()> + use<> {
    let (handle, listening, stopping) = (
        serving.handle.clone(),
        serving.listening.clone(),
        serving.stopping.clone(),
    );
    async move {
        stopping.begin();
        listening.end().await;
        stopping.close_idle();
        handle.stop(true).await;
    }
}

/// Reads files again on a thread of its own: a file system that hangs must not hold up the signal that stops.
fn reload(serving: &Serving) {
    let reload = Arc::clone(&serving.reload);
    let started = thread::Builder::new().name("reload".to_owned()).spawn(move || reload());
    if let Err(error) = started {
        tracing::error!(%error, "files were not read again, because no thread can be started");
    }
}
