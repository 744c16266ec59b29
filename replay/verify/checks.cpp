#include "replay/verify/checks.h"

#include <array>

namespace npuscope {

namespace {

constexpr std::string_view driver = "RKNPU driver 0.9.8";
constexpr std::string_view runtime = "public logs of librknnrt 2.3.0";
constexpr std::string_view layout = "allocation tables of 21 public captures";
constexpr std::string_view stream = "281 records of public captures";

constexpr std::array checks{
    Check{"model.shape", "Tensors, registers and model speak of the same convolution.",
          "the runtime's tensor tables", check_shape},
    Check{"abi.words", "The words and struct sizes of the ioctls are those of the driver.", driver,
          check_call_words},
    Check{"abi.returns", "Calls return 0, the power actions 20 and 21 return -1.", runtime,
          check_return_codes},
    Check{"log.numbers", "Every call has its return line, numbered in order.", runtime,
          check_call_numbers},
    Check{"log.torn", "Lines printed inside other lines were put together.", "5 of 17 public logs",
          check_torn_lines},
    Check{"order.actions", "ACTION 0, 1, 20, 19, 1, then 18 before each allocation, 21 at the end.",
          runtime, check_action_order},
    Check{"order.allocate",
          "Each MEM_CREATE is followed by MEM_MAP, mmap and MEM_SYNC 3 of the whole object.",
          runtime, check_allocation_order},
    Check{"sync.ranges", "Each MEM_SYNC lies inside a live object.", driver, check_sync_ranges},
    Check{"sync.upload", "Tasks, weights, input and commands are synchronised before the SUBMIT.",
          runtime, check_upload},
    Check{"sync.download", "All of the output is synchronised behind the SUBMIT, from the device.",
          runtime, check_download},
    Check{"buffers.sizes", "The runtime asks for the sizes of the model.", layout, check_sizes},
    Check{"buffers.pages", "Sizes are rounded up to whole pages.", layout, check_rounding},
    Check{"buffers.flags", "The task buffer has flags 0x40b, the others 0x403.", runtime,
          check_flags},
    Check{"buffers.order", "Buffers are created as task, weight, internal, input, output.", layout,
          check_creation_order},
    Check{"buffers.addresses", "Each buffer lies directly below the one created before it.", layout,
          check_addresses},
    Check{"buffers.mappings", "Mapping offsets start at 0x100000000 and grow by whole pages.",
          driver, check_mappings},
    Check{"buffers.agree", "The runtime's memory lines say what the driver answered.", runtime,
          check_announcements},
    Check{"tasks.count", "The task buffer holds entries of 40 bytes and nothing else.",
          "rknpu_ioctl.h", check_task_count},
    Check{"tasks.entries", "Every entry passes the strict test of a task.",
          "23,125 entries of public models", check_task_entries},
    Check{"tasks.object", "The SUBMIT names the object that holds the table.", driver,
          check_task_object},
    Check{"tasks.model", "Nodes, lengths, masks and places of the tasks are the model's.", stream,
          check_tasks_of_model},
    Check{"submit.section", "Only the 1-core program is submitted, in three equal entries.",
          runtime, check_section},
    Check{"submit.fields", "Flags 5, timeout 6000, any core, priority 0, no fence.", runtime,
          check_submit_fields},
    Check{"submit.count", "Submits are numbered without a gap.", runtime, check_submit_count},
    Check{"submit.time", "The hardware took less than the timeout.", driver, check_elapsed_time},
    Check{"window.offset", "The commands begin where the model puts them in the weight buffer.",
          layout, check_active_offset},
    Check{"window.whole", "The captured window begins at the first task and is whole.", stream,
          check_window},
    Check{"window.tails",
          "Links, their lengths and OPERATION_ENABLE fit the tasks; padding is zero.", stream,
          check_tails},
    Check{"window.model", "Every word of every record is the model's.", stream,
          check_program_of_model},
    Check{"window.copy", "The relative copy of the table behind the commands repeats it.", layout,
          check_table_copy},
    Check{"binding.addresses", "Every address register points into the buffer that it is for.",
          "48,040 relocations of public models", check_bindings},
    Check{"free.all", "Every object is freed once, as it was created, and not used behind that.",
          runtime, check_all_freed},
    Check{"free.order", "Buffers are freed as internal, weight, task, input, output.", runtime,
          check_free_order},
    Check{"kernel.errors", "The kernel log tells of no failure.", driver, check_kernel_errors},
    Check{"kernel.steps", "Each commit prints prelude, trace, registers, armed, and its interrupt.",
          "the published trace patch", check_commit_steps},
    Check{"kernel.commits", "The PC is started with the first task of the 1-core program.",
          "the published trace patch", check_commit_values},
    Check{"snapshot.sysfs", "Power state and clock have values of their kind.", "public snapshots",
          check_sysfs},
    Check{"snapshot.mmio",
          "The registers of all three cores were read, and their version is the RK3588's.",
          "public snapshots", check_mmio},
};

}  // namespace

std::span<const Check> all_checks() {
  return checks;
}

}  // namespace npuscope
