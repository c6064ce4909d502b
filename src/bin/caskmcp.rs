//! The name under which the reference system was called; the same program.

fn main() -> std::process::ExitCode {
    cask::cli::main()
}
