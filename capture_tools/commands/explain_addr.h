// `npuscope explain addr NUMBER INPUT...`: where an address points to, or what else the number is.
//
//   return explain_address(options, {"0xfff9c800", "capture.log"});
#pragma once

#include <string>
#include <vector>

#include "capture_tools/command.h"

namespace npuscope::cli {

// `arguments`: the number, then inputs. Exit code 1: no buffer of any input holds the address.
[[nodiscard]] Result<int> explain_address(const po::variables_map& options,
                                          const std::vector<std::string>& arguments);

}  // namespace npuscope::cli
