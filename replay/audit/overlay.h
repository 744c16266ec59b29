// The device-tree overlay that enables the NPU on mainline, where its nodes are shipped disabled.
//
//   fmt::print("{}", overlay_text());     // > rk3588-npu.dtso
//
// It says in its own comments what it depends on and what can go wrong.
#pragma once

#include <string_view>

namespace npuscope::audit {

[[nodiscard]] std::string_view overlay_text();

}  // namespace npuscope::audit
