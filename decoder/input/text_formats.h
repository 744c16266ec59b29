// The line formats of text captures, one function each, and what is done when a run ends.
//
// A reader looks at one line (no line end, no colour codes) and returns false when the line is not
// of its format. What a format looks like stands beside its function. Producers and their quirks:
// the tools of the public RK3588 projects (dump.py, gdb scripts, ioctl tracers, the runtime's own
// debug output). text_log.cpp holds the table that tries them in order.
#pragma once

#include <string_view>

#include "decoder/input/text_context.h"

namespace npuscope {

// gem_text.cpp: memory objects as hex rows
//   [00000880] = 00b11040 02010000 00001104 02010000       four u32, each printed as a number
//   ... 8 blocks (128 bytes) from 0x00000800 to 0x0000087f are all zeros      the range counts
//   gem flink 2: ret=0 handle=3 size=20480   |   gem open got 0 2 20480, then: Gem 2
bool read_hex_row(TextContext& context, std::string_view line);
bool read_zero_run(TextContext& context, std::string_view line);
bool read_gem_header(TextContext& context, std::string_view line);
void check_coverage(TextContext& context);

// task_list.cpp: decoded task entries become the 40 bytes that they describe
//   Decoded rknpu_task entries for GEM 1 / Task 0 @ offset 0x0000 / nine lines "  name : value"
//   [0] -114672 / TAB ffff0000           older tools: the number is garbage, the address is not
bool read_task_list(TextContext& context, std::string_view line);
bool read_task_field(TextContext& context, std::string_view line);
bool read_task_address(TextContext& context, std::string_view line);
void add_task(TextContext& context, Buffer& buffer, std::uint64_t offset, const Task& task);
void end_task_list(TextContext& context);

// emit_text.cpp: decoded words
//   [0xffd70bf8] lsb 00810000000d0008 - noone         EMIT(REG_PC_OPERATION_ENABLE, ...);
//   EMIT(REG_CNA_DCOMP_REGNUM, 0x0);                               no word: a NamedWrite
//   EMIT(REG_CNA_CONV_CON1, CNA_CONV_CON1_CONV_MODE(mode));        C source: not a capture
bool read_emit_word(TextContext& context, std::string_view line);
bool read_emit_name(TextContext& context, std::string_view line);
bool read_decoder_chatter(TextContext& context, std::string_view line);

// word_listing.cpp: lsb listings, and what becomes of listed words
//   [ffef0000] lsb 02010000000e1004 - paddr 0000000e, 0201 1004   |   - tgt cna  [1004 - ...] = ..
bool read_lsb_word(TextContext& context, std::string_view line);
void store_listings(TextContext& context);    // before the run is sealed
void compare_listings(TextContext& context);  // after it

// live_log.cpp: gdb stops at the submit and dumps objects
//   GEM 1: handle=1 size=4096 map_offset=0x100000000   |   GEM 6: unavailable: [Errno 2] ...
//     task_like[0] off=0x0000 flags=0x00000000 ...
//     QWORD_WINDOW off=0x4800 count=1168   |   ... unavailable size=933888
//     regcmd_qword[0] off=0x4800 value=0x02010000001b1040
//   submit #1: task_number=6 task_obj_addr=0xffffff8102fc3800       after its GEM blocks
bool read_qword(TextContext& context, std::string_view line);
bool read_live_gem(TextContext& context, std::string_view line);
bool read_live_detail(TextContext& context, std::string_view line);
bool read_live_submit(TextContext& context, std::string_view line);
void end_window(TextContext& context);

// runtime_log.cpp: "D RKNN: [time] ..." of librknnrt, and the test programs around it
bool read_runtime_allocation(TextContext& context, std::string_view line);
bool read_runtime_fact(TextContext& context, std::string_view line);

// ioctl_log.cpp: ACTION, MEM_CREATE(_RET), MEM_MAP(_RET), MMAP(_RET), MUNMAP, CLOSE, MEM_SYNC,
// IOCTL_RET anywhere in a line (gdb prints into the lines of others), and the SUBMIT block
bool read_ioctl(TextContext& context, std::string_view line);
bool read_submit_detail(TextContext& context, std::string_view line);
void apply_submit_field(Submit& submit, std::string_view key, std::string_view value);

// strace_log.cpp: histograms of calls
//   8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0xffffcd751ad0) = 0
//   0 struct_rknpu_mem_create ['handle:0x1', 'flags:0x40B'] = ret struct [...]
bool read_strace(TextContext& context, std::string_view line);
void end_strace(TextContext& context);

// kernel_log.cpp: "[time] RKNPU: ..." of the driver, with or without the trace patch
bool read_kernel_line(TextContext& context, std::string_view line);

// snapshot.cpp: SYSFS_SNAPSHOT and MMIO_SNAPSHOT blocks
bool read_snapshot_header(TextContext& context, std::string_view line);
bool read_snapshot_detail(TextContext& context, std::string_view line);

// sweep_log.cpp: summary, detail with continuation lines, live output
bool read_sweep_entry(TextContext& context, std::string_view line);
bool read_sweep_live(TextContext& context, std::string_view line);
bool read_sweep_continuation(TextContext& context, std::string_view line);

// text_log.cpp: moves the counts of lines into the builder
void store_line_counts(TextContext& context);

}  // namespace npuscope
