// The inner products in plain C++: loops over 16 kernels that a compiler turns into vectors of the
// processor's base instruction set (SSE2, NEON).
#pragma once

#include "replay/sim/inner_product.h"

namespace npuscope::sim {

[[nodiscard]] const InnerProducts& portable_inner_products();
// nullptr if this processor or this build has no AVX2 with FMA and F16C.
[[nodiscard]] const InnerProducts* avx2_inner_products();
// nullptr unless this is aarch64.
[[nodiscard]] const InnerProducts* neon_inner_products();

}  // namespace npuscope::sim
