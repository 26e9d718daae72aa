//! `mailward run`: the daemon.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::cli::arguments::Global;
use crate::cli::exit::{Code, Failure};
use crate::cli::{context, logging};
use crate::config::locate;
use crate::daemon::control::{Door, Load, Loaded};
use crate::daemon::{self, DaemonError, Setup};
use crate::io::control::place;
use crate::io::control::protocol::{Refusal, RefusalKind};
use crate::io::store::error::Trouble;
use crate::io::{clock, descriptors, fault};

/// The longest sleep between two looks at the clock.
const NAP: Duration = Duration::from_secs(30);

/// How long threads that wait for the system may take to end.
const LAST_WAIT: Duration = Duration::from_millis(300);

/// Watches until SIGTERM or SIGINT.
pub fn run(global: &Global) -> Result<(), Failure> {
    logging::start();
    let config = context::config(global)?;
    let rules = Arc::new(context::rules(Some(&config))?);
    let state_file = locate::state_file().ok_or_else(|| {
        Failure::new(
            Code::Config,
            "there is no place for the state file",
            "set HOME, XDG_STATE_HOME or STATE_DIRECTORY",
        )
    })?;
    let setup = Setup {
        language: context::language(global, Some(&config)),
        config,
        rules,
        state_file,
        clock: fault::clock(),
        link_clock: clock::system(),
        nap: NAP,
        notices_sleep: true,
        witness: None,
    };
    descriptors::make_room(setup.config.accounts.len());
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let stop = CancellationToken::new();
        stop_on_signals(&stop)?;
        let door = door(global, &setup.state_file)?;
        on_a_worker(setup, door, stop).await.map_err(failure)
    });
    // A name that is looked up in vain holds up a thread, and must not hold up the end.
    runtime.shutdown_timeout(LAST_WAIT);
    ended
}

/// The control socket, SIGHUP, and how to read the configuration again.
fn door(global: &Global, state_file: &Path) -> Result<Door, Failure> {
    let (sender, hangups) = mpsc::channel(1);
    let mut signals = signal(SignalKind::hangup()).map_err(no_signals)?;
    tokio::spawn(async move {
        while signals.recv().await.is_some() {
            // One reload that waits is enough for any number of signals.
            let _ = sender.try_send(());
        }
    });
    let global = global.clone();
    let load: Load = Box::new(move || {
        let load = || -> Result<Loaded, Failure> {
            let config = context::config(&global)?;
            Ok(Loaded {
                rules: Arc::new(context::rules(Some(&config))?),
                language: context::language(&global, Some(&config)),
                config,
            })
        };
        load().map_err(|failure| {
            let mut what = failure.what;
            for cause in failure.causes {
                what = format!("{what}: {cause}");
            }
            Refusal::new(RefusalKind::Config, what, failure.hint.unwrap_or_default())
        })
    });
    Ok(Door {
        place: Some(place::own(state_file.parent().unwrap_or(Path::new(".")))),
        hangups: Some(hangups),
        load: Some(load),
    })
}

/// What to do where no thread can be had.
pub(crate) const THREADS_REFUSED: &str =
    "the system refuses threads or file descriptors; see its limits (ulimit -a)";

/// The runtime of everything that is asynchronous.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::from_error(Code::Unavailable, &error, THREADS_REFUSED))
}

/// A runtime without any thread but the one that it is asked on.
pub fn runtime_of_one_thread() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from_error(Code::Unavailable, &error, THREADS_REFUSED))
}

/// The daemon on a thread of the runtime's own, where a mail on its way from the mailbox need not wake another one.
pub async fn on_a_worker(
    setup: Setup,
    door: Door,
    stop: CancellationToken,
) -> Result<(), DaemonError> {
    match tokio::spawn(daemon::run_with_door(setup, door, stop)).await {
        Ok(ended) => ended,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // It was cancelled, as only the end of the runtime does.
            Err(_) => Ok(()),
        },
    }
}

/// SIGTERM and SIGINT end the watch in order.
pub fn stop_on_signals(stop: &CancellationToken) -> Result<(), Failure> {
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let mut signals = signal(kind).map_err(no_signals)?;
        let stop = stop.clone();
        tokio::spawn(async move {
            signals.recv().await;
            info!("asked to stop");
            stop.cancel();
        });
    }
    Ok(())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err takes"
)]
fn no_signals(error: std::io::Error) -> Failure {
    Failure::from_error(
        Code::Unavailable,
        &error,
        "the system refuses signal handlers",
    )
}

/// How a daemon that cannot run ends.
pub fn failure(error: DaemonError) -> Failure {
    let DaemonError::Store(store) = error;
    let (trouble, hint) = store.trouble();
    let code = match trouble {
        Trouble::Busy => Code::TryAgain,
        Trouble::Unfit => Code::BadData,
        Trouble::Missing | Trouble::Disk => Code::Io,
    };
    Failure::from_error(code, &store, hint)
}
