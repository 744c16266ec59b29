// The consistency rules of model files (decoder/check) under one roof with the others.
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

Severity severity_of(FindingLevel level) {
  switch (level) {
    case FindingLevel::error:
      return Severity::error;
    case FindingLevel::warning:
      return Severity::warning;
    case FindingLevel::note:
      break;
  }
  return Severity::note;
}

constexpr std::string_view ids[] = {"E1", "E2", "E3", "E4", "E5", "E6", "E7",
                                    "E8", "W1", "W2", "W3", "W4", "N1", "N2"};

template <std::size_t index>
void of_check(const Context& context, Verdict& verdict) {
  if (!context.capture().model) return verdict.skip("the input is no model file");
  verdict.looked();
  for (const npuscope::Finding& finding : context.model_findings()) {
    if (finding.id != ids[index]) continue;
    Where where;
    where.place = finding.place;
    verdict.find(severity_of(finding.level), std::move(where), finding.text, {});
  }
}

constexpr std::string_view all_files = "85 of 85 public RK3588 files";
constexpr std::string_view all_programs = "80 of 80 public RK3588 files with tasks";

constexpr Rule rules[] = {
    {"RKNN-E1", "model-lengths", "", Severity::error, Scope::model,
     "task table and stream have whole entries and words", "the file is cut or damaged", all_files,
     "get the file again", of_check<0>},
    {"RKNN-E2", "model-tasks", "", Severity::error, Scope::model,
     "tasks lie in the stream and belong to nodes", "tasks would execute other bytes", all_programs,
     "compile again", of_check<1>},
    {"RKNN-E3", "model-tails", "", Severity::error, Scope::model,
     "every record has a tail that fits its task and its link", "the chain breaks", all_programs,
     "compile again", of_check<2>},
    {"RKNN-E4", "model-relocations", "", Severity::error, Scope::model,
     "relocations name address registers and lie in their tensors", "addresses would be wrong",
     all_files, "compile again", of_check<3>},
    {"RKNN-E5", "model-lists", "", Severity::error, Scope::model,
     "the counts of the nodes add up to the lists of the table", "lanes would be mixed",
     all_programs, "compile again", of_check<4>},
    {"RKNN-E6", "model-short-records", "", Severity::error, Scope::model,
     "a short record has its reference two records back", "registers without a value", all_programs,
     "compile again", of_check<5>},
    {"RKNN-E7", "model-paths", "", Severity::error, Scope::model,
     "an address register is relocated if and only if its DMA path is on",
     "a path that is on reads from an address that nobody placed", all_programs, "compile again",
     of_check<6>},
    {"RKNN-E8", "model-tiles", "", Severity::error, Scope::model,
     "the tasks of a convolution tile its output", "cells of the output are missing or made twice",
     all_programs, "compile again", of_check<7>},
    {"RKNN-W1", "model-strays", "", Severity::warning, Scope::model,
     "no words outside records, no overlaps, no contradicting writes", "unknown", all_programs,
     "look at the words: npuscope decode", of_check<8>},
    {"RKNN-W2", "model-references", "", Severity::warning, Scope::model,
     "a short record continues its own node", "the rule of persistence is not proven there",
     all_programs, "nothing", of_check<9>},
    {"RKNN-W3", "model-registers", "", Severity::warning, Scope::model,
     "only registers that vendor streams write", "unknown", all_programs,
     "look at the words: npuscope decode", of_check<10>},
    {"RKNN-W4", "model-weights", "", Severity::warning, Scope::model,
     "packed weights have the size of their shape and begin at multiples of 64",
     "weights would be read from wrong places", all_files, "compile again", of_check<11>},
    {"RKNN-N1", "model-sums", "", Severity::note, Scope::model,
     "chains follow the table, constants add up",
     "none: lanes for several cores leave the table at shared records", all_files, "nothing",
     of_check<12>},
    {"RKNN-N2", "model-nodes", "", Severity::note, Scope::model,
     "what runs on the CPU, nodes without tasks, other chips", "none", all_files, "nothing",
     of_check<13>},
};

}  // namespace

std::span<const Rule> model_rules() {
  return rules;
}

}  // namespace npuscope::preflight
