fn main() -> std::process::ExitCode {
    sixfold::main()
}
