fn main() -> std::process::ExitCode {
    sixfold_preview::main()
}
