fn main() -> std::process::ExitCode {
    sixfold_fetch::main()
}
