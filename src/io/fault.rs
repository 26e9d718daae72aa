//! Points between two steps at which a test kills the process. Without the cargo feature `fault-points` passing one is
//! nothing at all, and no name of one is in the program.

#[cfg(feature = "fault-points")]
use jiff::Timestamp;

use crate::io::clock::{self, Clock};
#[cfg(feature = "fault-points")]
use crate::io::environment;

/// Names the file that says where to die: the name of a point, and at which of its passes, counted from now on.
#[cfg(feature = "fault-points")]
const ORDER: &str = "MAILWARD_FAULT_POINT";

/// Names the file that holds the time of the engine.
#[cfg(feature = "fault-points")]
const CLOCK: &str = "MAILWARD_FAULT_CLOCK";

/// Declares the points; their names are compiled in with the feature only.
macro_rules! points {
    ($($(#[$doc:meta])* $point:ident = $name:literal,)*) => {
        /// A place between two steps, in the order in which a start and a mail pass them.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Point {
            $($(#[$doc])* $point,)*
        }

        #[cfg(feature = "fault-points")]
        impl Point {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$point,)*];

            /// The name by which a test asks for it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$point => $name,)*
                }
            }
        }
    };
}

points! {
    /// The state file is open and checked, and not yet brought up to date.
    StateOpened = "state-opened",
    /// The state file is of the present version.
    StateMigrated = "state-migrated",
    /// Everybody's state is read, or made again from the journal.
    PeopleRestored = "people-restored",
    /// Nothing of what the last run left was sent.
    StartBeforeSending = "start-before-sending",
    /// What the last run left is on its way; nobody was told of the start.
    StartSent = "start-sent",
    /// The start is over.
    Started = "started",
    /// A mail came out of a mailbox.
    MailFetched = "mail-fetched",
    /// It is known what the mail says.
    MailClassified = "mail-classified",
    /// It is known what follows from the inputs; nothing is written.
    Correlated = "correlated",
    /// The transaction is open.
    StoreBegun = "store-begun",
    /// The transaction holds the cursors.
    CursorsWritten = "cursors-written",
    /// The same, and the inputs.
    InputsWritten = "inputs-written",
    /// The same, and the states of the correlators.
    StatesWritten = "states-written",
    /// The same, and the incidents.
    IncidentsWritten = "incidents-written",
    /// The same, and the alerts.
    AlertsWritten = "alerts-written",
    /// The transaction is whole and not committed.
    DeliveriesWritten = "deliveries-written",
    /// A transaction is committed.
    StoreCommitted = "store-committed",
    /// What followed from inputs is committed; its alerts are not yet given to the outbox.
    BeforeSending = "before-sending",
    /// The outbox has decided; nothing of it is written.
    OutboxStepped = "outbox-stepped",
    /// What the outbox decided is committed; no channel has anything.
    OutboxStored = "outbox-stored",
    /// One channel's task has the alert, the next channel's has not.
    BetweenChannels = "between-channels",
    /// A channel took the alert, and nobody knows.
    ChannelTook = "channel-took",
    /// The loop knows that the channel took it; it is not marked.
    DeliveryReported = "delivery-reported",
    /// It is marked as delivered; the next one has not begun.
    DeliveryMarked = "delivery-marked",
    /// The mail's task may know that the mail is stored.
    MailAcknowledged = "mail-acknowledged",
    /// A request came over the control socket.
    CallReceived = "call-received",
    /// What a request did is committed and on its way.
    CallStored = "call-stored",
    /// The reply is known and not sent.
    CallBeforeReply = "call-before-reply",
    /// The reply is sent.
    CallReplied = "call-replied",
}

/// Passes a point: nothing.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub const fn pass(_point: Point) {}

/// Passes a point. Where the file of orders asks for this pass, the file is removed and the process killed as by
/// `kill -9`.
#[cfg(feature = "fault-points")]
pub fn pass(point: Point) {
    let Some(file) = environment::directory(ORDER) else {
        return;
    };
    let Ok(order) = std::fs::read_to_string(&file) else {
        return;
    };
    let mut words = order.split_whitespace();
    if words.next() != Some(point.name()) {
        return;
    }
    let passes: u32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(1);
    if passes > 1 {
        let left = format!("{} {}", point.name(), passes.saturating_sub(1));
        let _ = std::fs::write(&file, left);
        return;
    }
    let _ = std::fs::remove_file(&file);
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    // The signal ends this thread no later than here.
    loop {
        std::thread::park();
    }
}

/// The engine's time: the wall clock.
#[cfg(not(feature = "fault-points"))]
pub fn clock() -> Clock {
    clock::system()
}

/// The engine's time: what the file of a test says, which moves it in jumps, else the wall clock.
#[cfg(feature = "fault-points")]
pub fn clock() -> Clock {
    let Some(file) = environment::directory(CLOCK) else {
        return clock::system();
    };
    std::sync::Arc::new(move || {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        text.trim().parse().unwrap_or(Timestamp::UNIX_EPOCH)
    })
}
