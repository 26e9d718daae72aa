//! A new configuration for a running daemon: checked whole, then taken without losing a connection that stays.

use crate::daemon::control::Loaded;
use crate::daemon::people::People;
use crate::daemon::speech::Speech;
use crate::daemon::{Daemon, DaemonError, request, routing};
use crate::engine::correlator::Input;
use crate::engine::outbox;
use crate::io::control::outcome::Reloaded;
use crate::io::control::protocol::{Refusal, RefusalKind};
use crate::io::store::change::Change;

/// Reads configuration and rules again and takes them.
pub(crate) async fn reload(daemon: &mut Daemon) -> Result<Reloaded, Refusal> {
    let Some(load) = &daemon.desk.load else {
        return Err(Refusal::new(
            RefusalKind::Unavailable,
            "this mailward was started without a configuration file",
            "start it again",
        ));
    };
    let Loaded {
        config,
        rules,
        language,
    } = load()?;
    // What was taken under the configuration so far is not to be taken again under another one.
    daemon.write_states();
    // What can fail comes first, so that a failure leaves everything as it was.
    let mut people = People::restore(&config, &daemon.store)
        .map_err(|DaemonError::Store(error)| request::failed(&error))?;
    let pending = daemon
        .store
        .pending_alerts()
        .map_err(|error| request::failed(&error))?;
    let before = std::mem::replace(&mut daemon.setup.config, config);
    let reconciled = match daemon.watches.reconcile(&daemon.setup, &daemon.store) {
        Ok(reconciled) => reconciled,
        Err(error) => {
            daemon.setup.config = before;
            return Err(request::failed(&error));
        }
    };
    daemon.watches.take_rules(&rules);
    daemon.setup.rules = rules;
    daemon.setup.language = language;
    std::mem::swap(&mut daemon.people, &mut people);
    daemon.people.keep_from(people, &reconciled.kept);

    let names_before = daemon.channels.names();
    let speech = Speech::new(&daemon.setup);
    daemon
        .channels
        .reconfigure(&daemon.setup.config.channels, &speech);
    let names = daemon.channels.names();
    let now = (daemon.setup.clock)();
    daemon.wakes.clear();
    let routes_changed = routing::routes(&before) != routing::routes(&daemon.setup.config);
    if names == names_before && !routes_changed {
        daemon.outbox_step(now, outbox::Input::Tick).await;
    } else {
        daemon.outbox = routing::outbox(&daemon.setup.config, names.clone());
        daemon
            .restore_outbox(now, pending)
            .await
            .map_err(|DaemonError::Store(error)| request::failed(&error))?;
    }
    // A catch-up of a connection that was ended ends with it; a new connection begins its own.
    for account in &before.accounts {
        if reconciled.kept.contains(&account.name) {
            continue;
        }
        for folder in &account.folders {
            let folder = format!("{}/{folder}", account.name);
            let input = Input::CatchUpEnded { folder };
            daemon.take(&account.person, input, Change::default()).await;
        }
    }
    for person in daemon.people.names() {
        daemon.take(&person, Input::Tick, Change::default()).await;
    }
    Ok(Reloaded {
        kept: reconciled.kept.into_iter().collect(),
        started: reconciled.started.into_iter().collect(),
        stopped: reconciled.stopped.into_iter().collect(),
        channels: names,
    })
}
