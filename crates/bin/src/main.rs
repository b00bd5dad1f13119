//! `wxlogin`: the sign-in service for WeChat mini-programs.

use std::process::ExitCode;

fn main() -> ExitCode {
    wxlogin::run()
}
