#include "capture_tools/commands/verbs.h"

namespace npuscope::cli {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all{info_verb,           //
                                     decode_verb,         //
                                     asm_verb,            //
                                     hex_verb,            //
                                     regs_verb,           //
                                     query_verb,          //
                                     generate_verb,       //
                                     diff_verb,           //
                                     explain_verb,        //
                                     lint_verb,           //
                                     verify_verb,         //
                                     replay_verb,         //
                                     sweep_verb,          //
                                     ledger_verb,         //
                                     corpus_verb,         //
                                     footprint_verb,      //
                                     ops_verb,            //
                                     bench_compare_verb,  //
                                     fake_verb,           //
                                     record_verb,         //
                                     convert_verb,        //
                                     klog_verb,           //
                                     audit_verb,          //
                                     snapshot_verb};
  return all;
}

}  // namespace npuscope::cli
