// The option --root: the machine we run on, or a copied system.
//
//   add_host_option(options);
//   const auto host = host_of(parsed);       // Host{"/"} or Host{"board-copy"}
#pragma once

#include "capture_tools/command.h"
#include "replay/host/host.h"

namespace npuscope::cli {

void add_host_option(po::options_description& options);
// Errors (usage): it is no directory.
[[nodiscard]] Result<host::Host> host_of(const po::variables_map& options);

}  // namespace npuscope::cli
