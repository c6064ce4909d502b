//! The program: everything is in the library.

fn main() -> std::process::ExitCode {
    cask::cli::main()
}
