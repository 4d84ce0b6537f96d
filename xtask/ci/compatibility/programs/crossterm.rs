fn main() {
    crossterm::execute!(std::io::stdout(), crossterm::style::Print("hello\n")).unwrap();
    println!("{:?}", crossterm::terminal::size());
}
