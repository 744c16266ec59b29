// Programs that the command starts, with a library preloaded.
//
//   auto library = library_beside_us("libnpuscope_fake.so", "--library");
//   ChildEnvironment environment = {{"NPUSCOPE_FAKE=/tmp/x"}, *library};
//   Result<int> code = run_program(command, environment);     // to its end
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "regdb/error.h"

namespace npuscope::cli {

struct ChildEnvironment {
  std::vector<std::string> added;  // NAME=VALUE, in place of what has the name
  std::string preload;             // before what is preloaded already; empty: nothing is added
};

// The library lies beside the program in the build, and in lib/npuscope when installed. `given`:
// the path that an option names, empty: none. Errors: it is not there.
[[nodiscard]] Result<std::string> library_beside_us(const std::string& name,
                                                    const std::string& given);

// Runs a program to its end; returns what a shell would: its exit code, or 128 and the signal. The
// terminal's interrupt is for the program. Errors (usage): it cannot be started.
[[nodiscard]] Result<int> run_program(std::vector<std::string> command,
                                      const ChildEnvironment& environment);

}  // namespace npuscope::cli
