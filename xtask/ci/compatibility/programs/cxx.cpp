#include <stdexcept>
#include <string>
#include <vector>

// Memory, containers and an exception need the runtime and the unwinder.
extern "C" std::size_t length_of_hello() {
    std::vector<std::string> words{"hello"};
    try {
        return words.at(1).size();
    } catch (const std::out_of_range &) {
        return words.at(0).size();
    }
}
