// One Verb per file of this folder.
#pragma once

#include "capture_tools/command.h"

namespace npuscope::cli {

extern const Verb info_verb;
extern const Verb decode_verb;
extern const Verb asm_verb;
extern const Verb hex_verb;
extern const Verb regs_verb;
extern const Verb query_verb;
extern const Verb generate_verb;
extern const Verb diff_verb;
extern const Verb explain_verb;
extern const Verb lint_verb;
extern const Verb verify_verb;
extern const Verb replay_verb;
extern const Verb sweep_verb;
extern const Verb fake_verb;
extern const Verb ledger_verb;
extern const Verb record_verb;
extern const Verb convert_verb;
extern const Verb klog_verb;
extern const Verb audit_verb;
extern const Verb snapshot_verb;
extern const Verb corpus_verb;
extern const Verb footprint_verb;
extern const Verb ops_verb;
extern const Verb bench_compare_verb;

}  // namespace npuscope::cli
