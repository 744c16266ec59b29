// All checks of a run, in the order in which they are reported; a file for each theme.
#pragma once

#include <span>

#include "replay/verify/check.h"
#include "replay/verify/run.h"

namespace npuscope {

[[nodiscard]] std::span<const Check> all_checks();

// abi_checks.cpp: words, sizes and answers of the ioctls.
Verdict check_call_words(const Run& run);
Verdict check_return_codes(const Run& run);
Verdict check_call_numbers(const Run& run);
Verdict check_torn_lines(const Run& run);

// call_checks.cpp: the order of the calls.
Verdict check_action_order(const Run& run);
Verdict check_allocation_order(const Run& run);

// sync_checks.cpp: what is written back to memory, and when.
Verdict check_sync_ranges(const Run& run);
Verdict check_upload(const Run& run);
Verdict check_download(const Run& run);

// free_checks.cpp: what is given back.
Verdict check_all_freed(const Run& run);
Verdict check_free_order(const Run& run);

// buffer_checks.cpp, address_checks.cpp: the allocations.
Verdict check_sizes(const Run& run);
Verdict check_rounding(const Run& run);
Verdict check_flags(const Run& run);
Verdict check_creation_order(const Run& run);
Verdict check_announcements(const Run& run);
Verdict check_addresses(const Run& run);
Verdict check_mappings(const Run& run);

// task_checks.cpp: the task table and the object that holds it.
Verdict check_task_count(const Run& run);
Verdict check_task_entries(const Run& run);
Verdict check_task_object(const Run& run);
Verdict check_tasks_of_model(const Run& run);

// submit_checks.cpp
Verdict check_section(const Run& run);
Verdict check_submit_fields(const Run& run);
Verdict check_submit_count(const Run& run);
Verdict check_elapsed_time(const Run& run);

// window_checks.cpp: the commands.
Verdict check_active_offset(const Run& run);
Verdict check_window(const Run& run);
Verdict check_tails(const Run& run);
Verdict check_program_of_model(const Run& run);
Verdict check_table_copy(const Run& run);

// binding_checks.cpp: where the addresses in registers point to.
Verdict check_bindings(const Run& run);

// model_checks.cpp
Verdict check_shape(const Run& run);

// kernel_checks.cpp, snapshot_checks.cpp: what the system says.
Verdict check_kernel_errors(const Run& run);
Verdict check_commit_steps(const Run& run);
Verdict check_commit_values(const Run& run);
Verdict check_sysfs(const Run& run);
Verdict check_mmio(const Run& run);

}  // namespace npuscope
