fn main() {
    cc::Build::new().cpp(true).std("c++17").file("library.cpp").compile("library");
}
