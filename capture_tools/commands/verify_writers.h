// The output of `npuscope verify`.
#pragma once

#include "decoder/emit/sink.h"
#include "replay/verify/verify.h"

namespace npuscope::cli {

void write_verify_text(const Verification& result, Sink& sink);
void write_verify_json(const Verification& result, Sink& sink);

// The checks by id, with what must hold and where that is known from.
void write_check_list(Sink& sink);

}  // namespace npuscope::cli
