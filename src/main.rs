//! The binary: `chuishao serve` unless another command is given.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // one TLS provider for the whole process, named before anything uses TLS
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    chuishao::cli::log();
    let run = async { chuishao::cli::Cli::read()?.run().await };
    match run.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chuishao: {error:#}");
            ExitCode::FAILURE
        }
    }
}
