fn main() -> std::process::ExitCode {
    preview::main()
}
