// Whether a library can be preloaded into a program: said before the program runs and finds no NPU.
//
//   Result<void> fine = check_preloadable("./client");
//
// Scripts are served by their interpreter. Children of a program are not looked at.
#pragma once

#include <string>

#include "regdb/error.h"

namespace npuscope::fake {

// `command` as a shell takes it: a path, or a name that is searched in PATH. Errors (usage): a
// program that is linked statically, that was built for another processor, or that runs with the
// rights of another user. What is no program at all is left to whoever starts it.
[[nodiscard]] Result<void> check_preloadable(const std::string& command);

}  // namespace npuscope::fake
