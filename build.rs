//! Links the program of the packages (profile `dist`) with relative relocations in their packed form: they are read when
//! the program starts and stay in memory, 0.7 MB of them otherwise. glibc reads them since 2.36.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is told what to do by its environment"
)]

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|it| it == value);
    // A build script is not told the profile by its name; no other is made small.
    let is_dist = is("OPT_LEVEL", "s");
    if is_dist && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
