// Units go in, are decoded on several threads, and come out in their order.
//
//   run_pipeline(units, threads, [&](const Unit& unit) { return decoder.decode(unit, has); },
//                [&](DecodedUnit&& decoded) { writer.add(decoded); return true; });
//
// `take` is called on one thread at a time; false ends the run.
#pragma once

#include <functional>
#include <vector>

#include "decoder/corpus/decoded_unit.h"

namespace npuscope::corpus {

void run_pipeline(const std::vector<const Unit*>& units, unsigned threads,
                  const std::function<DecodedUnit(const Unit&)>& decode,
                  const std::function<bool(DecodedUnit&&)>& take);

}  // namespace npuscope::corpus
