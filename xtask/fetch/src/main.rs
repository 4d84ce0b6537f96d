fn main() -> std::process::ExitCode {
    fetch::main()
}
