//! How the program is linked: with gcc's unwinder inside.
//!
//! The standard library takes it from a shared library. To load that takes 0.1 ms of
//! every start, and only the backtrace of a bug ever needs it.

use std::path::Path;
use std::process::Command;

fn main() {
    if is_native_gnu_linux() && has_archive() {
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
    println!("cargo:rerun-if-changed=build.rs");
}

fn is_native_gnu_linux() -> bool {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let is_gnu_linux =
        variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu";
    is_gnu_linux && variable("HOST") == variable("TARGET")
}

/// Whether the linker will find it. gcc answers with the bare name if it does not.
fn has_archive() -> bool {
    let asked = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    asked.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_absolute())
}
