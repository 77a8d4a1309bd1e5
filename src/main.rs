//! The binary: `chuishao serve` unless another command is given.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chuishao::cli::main()
}
