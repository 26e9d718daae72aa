//! The service: that of the user is written, that of the machine is explained.

use std::path::Path;

use crate::cli::exit::Failure;
use crate::cli::init::dialogue::Dialogue;
use crate::cli::init::options::{Options, UnitWord};
use crate::cli::init::save;
use crate::io::environment;

/// The unit as the package has it.
const USER_UNIT: &str = include_str!("../../../systemd/user/mailward.service");
/// What it starts there.
const PACKAGED: &str = "/usr/bin/mailward";

/// Offers it. `named` is the configuration where it does not lie in its usual place.
pub fn offer(dialogue: &Dialogue, options: &Options, named: Option<&Path>) -> Result<(), Failure> {
    let words = dialogue.words;
    let wanted = match options.unit {
        Some(wanted) => wanted,
        None if !dialogue.asks => UnitWord::None,
        None if rustix::process::geteuid().is_root() => UnitWord::System,
        None if dialogue.yes("--unit", words.unit, true)? => UnitWord::User,
        None => UnitWord::None,
    };
    match wanted {
        UnitWord::None => dialogue.say(words.unit_none, &[]),
        UnitWord::System => dialogue.say(words.unit_system, &[]),
        UnitWord::User => {
            let folder = environment::directory("XDG_CONFIG_HOME")
                .or_else(|| environment::home().map(|home| home.join(".config")))
                .unwrap_or_default();
            let file = folder.join("systemd/user/mailward.service");
            let program = environment::own_program();
            let text = unit(program.as_deref(), named);
            save::replace(&file, text.as_bytes())?;
            let shown = file.display().to_string();
            dialogue.say(words.unit_written, &[("file", &shown)]);
        }
    }
    Ok(())
}

/// The unit with this program and this configuration.
fn unit(program: Option<&Path>, config: Option<&Path>) -> String {
    let quoted = |path: &Path| {
        let text = path.display().to_string();
        // `%` begins a specifier, `$` a variable (systemd.service(5)).
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{}\"", text.replace('%', "%%").replace('$', "$$"))
    };
    let mut start = match program {
        Some(program) if program != Path::new(PACKAGED) => quoted(program),
        Some(_) | None => PACKAGED.to_owned(),
    };
    if let Some(config) = config {
        start.push_str(" --config ");
        start.push_str(&quoted(config));
    }
    USER_UNIT.replace(
        &format!("ExecStart={PACKAGED} run"),
        &format!("ExecStart={start} run"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_starts_this_program_with_this_configuration() {
        assert!(unit(None, None).contains("\nExecStart=/usr/bin/mailward run\n"));
        let text = unit(
            Some(Path::new("/home/h/100% \"bin\"/mailward")),
            Some(Path::new("/home/h/m.toml")),
        );
        assert!(
            text.contains(
                "\nExecStart=\"/home/h/100%% \\\"bin\\\"/mailward\" --config \"/home/h/m.toml\" run\n"
            ),
            "{text}"
        );
    }
}
