//! English: what `mailward login` says.

use crate::engine::wording::login::LoginWords;

/// The words.
pub(crate) const WORDS: LoginWords = LoginWords {
    task: "Signing in to account {account} ({user}).

  1. Open this address in a browser, on any device: {address}
  2. Type this code: {code}
  3. Sign in as {user} and allow the access.

Waiting; the code is good for {minutes} minutes. Ctrl-C gives up.",
    done: "Signed in. The tokens of {account} are kept where only you can read them.
Next, see that the mailbox opens: mailward check --online
A mailward that is running goes on by itself within ten minutes.",
    short: "The provider gave no token for later, so this sign-in ends soon. Ask for offline access in `scope`.",
};
