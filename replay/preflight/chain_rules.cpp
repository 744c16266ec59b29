// Rules over the links between the records of one core.
#include <fmt/format.h>

#include "decoder/model.h"
#include "regdb/register_fields.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

// The word of the tail with this test, no_index if there is none.
template <typename Test>
std::size_t tail_word(const Record& record, Test&& test) {
  for (std::size_t i = record.body_words; i < record.total_words(); ++i) {
    const auto word = record.word(i);
    if (word && test(*word)) return i;
  }
  return no_index;
}

// Lanes for two and three cores, as they stand in the table: where a node is not split they share
// its records with the 1-core lane, and links lead on there, jump over them, or end. The runtime
// would have to rewrite them before such a run, so a submit may not have them. Source: 1,708 such
// links of model files, all at the borders of nodes.
bool leads_past_shared(const Context& context, const Run& run, const TaskView& view,
                       const TaskView* next) {
  if (run.cores == 1 || run.submit != nullptr) return false;
  const LinkKind kind = view.entry->link;
  if (kind == LinkKind::shared_continues_1core || kind == LinkKind::jump_over_shared) return true;
  if (kind != LinkKind::end || next == nullptr || next->record == nullptr) return false;
  const TaskView* owner = context.view_of(run.set, next->record->first_task);
  return owner != nullptr && owner->cores != run.cores;
}

// Calls visit(run, position, view, next) for each task of each run; next is nullptr for the last.
template <typename Visit>
void for_each_step(const Context& context, Verdict& verdict, Visit&& visit) {
  for (const Run& run : context.runs()) {
    for (std::size_t i = 0; i < run.count; ++i) {
      const TaskView* view = context.view_of(run.set, run.first + i);
      const TaskView* next =
          i + 1 < run.count ? context.view_of(run.set, run.first + i + 1) : nullptr;
      if (view == nullptr || (next == nullptr && i + 1 < run.count)) {
        verdict.skip("the submit names tasks that belong to no program");
        break;
      }
      visit(run, i, *view, next);
    }
  }
}

bool leads_to(const TaskView& view, const TaskView& next) {
  const std::size_t target = view.entry->link_task;
  return target != no_index &&
         view.set->tasks[target].task.regcmd_addr == next.entry->task.regcmd_addr;
}

std::string target_text(const TaskEntry& entry) {
  switch (entry.link) {
    case LinkKind::end:
      return "the chain ends here";
    case LinkKind::broken:
      return "a link to where no record starts";
    default:
      return fmt::format("a link to task {}", entry.link_task);
  }
}

// The controller starts the first record and follows the links; the driver waits until as many
// tasks are done as it was told.
void chain_walk(const Context& context, Verdict& verdict) {
  for_each_step(
      context, verdict,
      [&](const Run& run, std::size_t position, const TaskView& view, const TaskView* next) {
        if (!view.complete() && view.entry->link == LinkKind::unknown)
          return verdict.skip("the tail was not captured");
        verdict.looked();
        const TaskEntry& entry = *view.entry;
        const std::size_t at = view.record->body_words;
        const auto report = [&](std::string found, std::string expected) {
          verdict.find(context.where_word(view, at), std::move(found), std::move(expected));
        };
        const std::string done = fmt::format(" ({} of {} tasks)", position + 1, run.count);
        if (view.record->tail == TailForm::missing) {
          if (next != nullptr) report("a record without tail" + done, "a link to the next record");
          return;
        }
        if (leads_past_shared(context, run, view, next)) return;
        if (next != nullptr && !leads_to(view, *next)) {
          report(target_text(entry) + done, fmt::format("a link to task {}", next->task));
        } else if (next == nullptr && entry.link != LinkKind::end) {
          report(target_text(entry) + done, "the end of the chain");
        }
      });
}

// Calls visit(run, view, next, index of the word, its value) for each link to the next record. Of a
// link to elsewhere chain-walk has the word.
template <typename Visit>
void for_each_amount(const Context& context, Verdict& verdict, Visit&& visit) {
  for_each_step(context, verdict,
                [&](const Run& run, std::size_t, const TaskView& view, const TaskView* next) {
                  if (next == nullptr || leads_past_shared(context, run, view, next)) return;
                  if (!leads_to(view, *next) && view.entry->link != LinkKind::unknown) return;
                  const std::size_t at = view.record == nullptr
                                             ? no_index
                                             : tail_word(*view.record, is_register_amounts);
                  if (at == no_index) return verdict.skip("no REGISTER_AMOUNTS word is known");
                  visit(run, view, *next, at, view.record->word(at)->value());
                });
}

void amounts_long_enough(const Context& context, Verdict& verdict) {
  for_each_amount(
      context, verdict,
      [&](const Run&, const TaskView& view, const TaskView& next, std::size_t at,
          std::uint32_t value) {
        verdict.looked();
        const std::uint32_t wanted = link_amount(next.entry->task.regcfg_amount) & 0xffffU;
        if ((value & 0xffffU) >= wanted) return;
        verdict.find(context.where_word(view, at), fmt::format("{:#x}", value & 0xffffU),
                     fmt::format("{:#x}: the next record has {} words", wanted,
                                 next.entry->task.regcfg_amount));
      });
}

void amounts_not_longer(const Context& context, Verdict& verdict) {
  for_each_amount(
      context, verdict,
      [&](const Run&, const TaskView& view, const TaskView& next, std::size_t at,
          std::uint32_t value) {
        verdict.looked();
        const std::uint32_t wanted = link_amount(next.entry->task.regcfg_amount) & 0xffffU;
        if ((value & 0xffffU) <= wanted) return;
        verdict.find(context.where_word(view, at), fmt::format("{:#x}", value & 0xffffU),
                     fmt::format("{:#x}: the next record has {} words", wanted,
                                 next.entry->task.regcfg_amount));
      });
}

// CONV_CON2[31:28] of a convolution that is split: 1 and 4 for two cores, 2 and 5 for three.
unsigned split_for(const TaskView& task) {
  constexpr unsigned cores[] = {0, 2, 3, 0, 2, 3, 0, 0};
  if (!task.runs(Block::cna)) return 0;
  Reading read(task);
  return cores[read(reg::CNA_CONV_CON2_TILE_FAMILY)];
}

void core_group(const Context& context, Verdict& verdict) {
  // Compilers of containers 1 and 2 leave the field to the runtime.
  if (context.capture().model && context.capture().model->container_version < 6)
    return verdict.skip("the tails of this container are completed by the runtime");
  for_each_amount(context, verdict,
                  [&](const Run& run, const TaskView& view, const TaskView&, std::size_t at,
                      std::uint32_t value) {
                    verdict.looked();
                    const std::uint32_t group = reg::PC_REGISTER_AMOUNTS_CORE_GROUP.in(value);
                    const unsigned split = split_for(view);
                    const auto report = [&](unsigned cores) {
                      verdict.find(context.where_word(view, at), fmt::format("{}", group),
                                   fmt::format("{}: the record is for {} core{}", cores - 1, cores,
                                               cores == 1 ? "" : "s"));
                    };
                    if (run.submit != nullptr || run.cores == 1) {
                      if (group != run.cores - 1) report(run.cores);
                    } else if (group != run.cores - 1 && (group != 0 || split != 0)) {
                      // Behind barriers, and in nodes that are not split, the field is 0.
                      report(run.cores);
                    }
                  });
}

constexpr Rule rules[] = {
    {"KABI-L16", "chain-walk", "SCHED-L4 HW-E5", Severity::error, Scope::program,
     "links lead through the tasks in order, and end with the last",
     "a chain that is shorter than the number of tasks times out; a longer one leaves the next "
     "record's registers half written for the next job",
     "RK3588 manual; measured by gregordinary/rknpu-submit",
     "the first tail word is 0x0101:0x0010 with the next record's address, or zero at the end",
     chain_walk},
    {"KABI-L17", "link-amount", "", Severity::error, Scope::program,
     "the amount of a link reaches the OPERATION_ENABLE of the next record",
     "the word that starts the blocks is not fetched: timeout",
     "177 of 177 links of captures, 22,641 of 22,641 of model files",
     "(words + 5) / 2 - 1, rounded down", amounts_long_enough},
    {"KABI-L17-over", "link-amount-over", "", Severity::warning, Scope::program,
     "the amount of a link is that of the next record, not more",
     "more words are fetched than the record has; some clients do so and pass on a board",
     "clients that store the raw number of words", "(words + 5) / 2 - 1, rounded down",
     amounts_not_longer},
    {"KABI-L18", "core-group", "", Severity::error, Scope::program,
     "the core group of a link is the number of cores minus one",
     "the record waits for cores that do not take part",
     "all public captures; the meaning is inferred", "0, 1 or 2 for 1, 2 or 3 cores", core_group},
};

}  // namespace

std::span<const Rule> chain_rules() {
  return rules;
}

}  // namespace npuscope::preflight
